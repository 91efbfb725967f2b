"""What ops watch of the engine. Labels never carry an identifier or personal data."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

append_seconds = Histogram(
    "events_append_seconds", "From append() to the answer after commit", buckets=_SECONDS
)
appended = Counter("events_appended_total", "Events committed by this process")
conflicts = Counter("events_conflicts_total", "Appends refused because the stream had moved")
projected = Counter("events_projected_total", "Events taken by a projection", ["projection"])
projection_delay = Gauge(
    "events_projection_delay_seconds", "Age of the last event taken, when it was taken", ["projection"]
)
parked = Counter("events_parked_total", "Events put aside after their retries", ["projection"])
published = Counter("events_published_total", "Messages acknowledged by JetStream", ["service"])
republished = Counter(
    "events_republished_total", "Pages sent again for want of acknowledgements", ["service"]
)
watermark_age = Gauge(
    "events_watermark_age_seconds",
    "Age of the oldest committed event that an open write transaction still hides from the feed; 0 when none",
)
relay_lag = Gauge(
    "events_relay_lag_seconds",
    "Age of the oldest event after the relay's checkpoint, whether the bus answers or not; 0 when none",
    ["service"],
)
feed_lag = Gauge(
    "events_feed_lag", "Positions between the journal's end and a reader of the feed", ["projection"]
)
consumer_pending = Gauge(
    "events_consumer_pending", "Messages of the stream that a reader of the bus has not read", ["consumer"]
)
rejected = Counter(
    "events_rejected_total", "Messages that cannot be facts: forged, or without their headers", ["reader"]
)
unpublished = Counter(
    "events_unpublished_total",
    "Facts that the relay put aside: their message cannot be published",
    ["service"],
)
foreign = Counter(
    "events_foreign_total", "Messages in a service's own stream that are none of its journal", ["service"]
)
stream_holes = Counter(
    "events_stream_holes_total",
    "Numbers without a message that a reader of the bus passed: nothing was lost there",
    ["reader"],
)
bus_fault = Gauge(
    "events_bus_fault",
    "1 while a reader stands ahead of the journal (ahead), its stream was made again (remade) or lost facts "
    "(hole), or the stream holds a fact that the journal does not know (behind), or forgets by age (max_age)",
    ["reader", "fault"],
)
parked_now = Gauge("events_parked_waiting", "Events put aside, waiting for somebody", ["projection"])
rebuild_progress = Gauge(
    "events_rebuild_progress_ratio", "How far a running rebuild is, 0 to 1; absent otherwise", ["projection"]
)
orders = Counter(
    "events_orders_total",
    "Orders of a process manager tried: done, refused (their own fault), waits (a server's), parked",
    ["reaction", "outcome"],
)
orders_late = Gauge(
    "events_orders_late_seconds",
    "Age of the oldest order that is due and not done; 0 when none",
    ["reaction"],
)
job_runs = Counter("events_job_runs_total", "Runs of a job, by outcome", ["job", "outcome"])
job_seconds = Histogram("events_job_seconds", "Time that a job took", ["job"])


def faults() -> list[str]:
    """`reader:fault` of what is present: nothing right can be read, or published, until somebody looks.

    A stream made again is read whole without anybody's help, one that forgets by age may never harm."""
    return [
        f"{sample.labels['reader']}:{sample.labels['fault']}"
        for family in bus_fault.collect()
        for sample in family.samples
        if sample.value and sample.labels["fault"] not in ("remade", "max_age")
    ]
