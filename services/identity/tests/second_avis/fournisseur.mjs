// A provider that nobody here wrote (npm oidc-provider), set as ProConnect is, on loopback only.
// Argument: {clients} in JSON. Prints its issuer once it listens. GET /panne?mode@cible : how it goes wrong next.
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

const PREFIX = '/api/v2';
const ALGORITHMS = ['HS256', 'ES256', 'RS256'];
const { clients } = JSON.parse(process.argv[2]);

const key = async (alg) => {
  const jwk = await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey);
  return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
};
const keys = [await key('RS256'), await key('ES256')];
const strangers = [await key('RS256'), await key('ES256')];

// One person per address; `sub` is a UUID, the same for every client.
const people = new Map();
const subOf = (email) => {
  const h = createHash('sha256').update(email.toLowerCase()).digest('hex');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`;
};

const make = (issuer) => new Provider(issuer, {
  clients: clients.map((client) => ({ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], ...client })),
  jwks: { keys },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  acrValues: ['eidas0', 'eidas0-mfa', 'eidas1', 'eidas1-mfa', 'eidas2', 'eidas3'],
  responseTypes: ['code'],
  clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
  // The three that ProConnect announces, whatever was registered.
  enabledJWA: { idTokenSigningAlgValues: ALGORITHMS, userinfoSigningAlgValues: ALGORITHMS },
  scopes: ['openid'],
  claims: {
    openid: ['sub'], given_name: ['given_name'], usual_name: ['usual_name'], email: ['email'], siret: ['siret'],
    idp_id: ['idp_id'], phone: ['phone_number'], acr: null, amr: null, auth_time: null, sid: null, iss: null,
  },
  features: {
    claimsParameter: { enabled: true },
    jwtUserinfo: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => { ctx.body = form.replace('</form>', '<input type="hidden" name="logout" value="yes"/></form>'); },
    },
  },
  routes: { authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/jwks', end_session: '/session/end' },
  ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, RefreshToken: 7200, Session: 43200, Interaction: 1800, Grant: 43200 },
  issueRefreshToken: () => true,
  interactions: { url: (_, interaction) => `${PREFIX}/interaction/${interaction.uid}` },
  findAccount: (_, sub) => people.has(sub) && { accountId: sub, claims: () => ({ sub, ...people.get(sub) }) },
  // ProConnect asks no consent.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(oidc.params.scope);
    grant.addOIDCClaims(['acr', 'amr', 'auth_time']);
    await grant.save();
    return grant;
  },
});

// One way of going wrong at a time: tokens are signed again by the provider's own keys, but for the strangers'.
let failure = 'none';
const now = () => Math.floor(Date.now() / 1000);
const CHANGES = {
  resigned: () => ({}), foreign_key: () => ({}),
  wrong_nonce: () => ({ nonce: 'x'.repeat(43) }), no_nonce: () => ({ nonce: undefined }),
  wrong_aud: () => ({ aud: 'another' }), two_auds: ({ aud }) => ({ aud: [aud, 'another'], azp: aud }),
  wrong_iss: () => ({ iss: 'http://127.0.0.1:1/api/v2' }), wrong_at_hash: () => ({ at_hash: 'x'.repeat(22) }),
  expired: () => ({ exp: now() - 120 }), stale: () => ({ iat: now() - 3500 }),
  sub_swapped: () => ({ sub: subOf('another@ville.exemple.fr') }),
};
const resigned = async (token, target) => {
  const [mode, aimed = target] = failure.split('@');
  if (!(mode in CHANGES) || aimed !== target) return token;
  const { alg, kid } = decodeProtectedHeader(token);
  const jwk = (mode === 'foreign_key' ? strangers : keys).find((candidate) => candidate.alg === alg);
  const claims = { ...decodeJwt(token), ...CHANGES[mode](decodeJwt(token)) };
  return new SignJWT(claims).setProtectedHeader({ ...decodeProtectedHeader(token), kid }).sign(await importJWK(jwk));
};
const goWrong = async (ctx, next) => {
  await next();
  if (ctx.path === '/token' && ctx.body.id_token) ctx.body.id_token = await resigned(ctx.body.id_token, 'id_token');
  if (ctx.path === '/token' && failure === 'no_id_token') delete ctx.body.id_token;
  if (ctx.path === '/userinfo' && ctx.status === 200) ctx.body = await resigned(ctx.body, 'userinfo');
  const location = ctx.response.get('location') && new URL(ctx.response.get('location'), 'http://127.0.0.1');
  if (location && location.searchParams.has('code')) {
    if (failure === 'iss_missing') location.searchParams.delete('iss');
    if (failure === 'iss_forged') location.searchParams.set('iss', 'http://127.0.0.1:1/api/v2');
    if (failure === 'code_forged') location.searchParams.set('code', 'x'.repeat(43));
    ctx.set('location', location.href);
  }
};

// The sign-in page: an address, or an error to bring back.
const interaction = async (provider, req, res) => {
  await provider.interactionDetails(req, res);
  if (req.method === 'GET') {
    res.setHeader('content-type', 'text/html');
    return res.end('<form method="post"><label>Email professionnel <input name="email"></label><button>Continuer</button></form>');
  }
  let body = '';
  for await (const chunk of req) body += chunk;
  const { email, error, acr = 'eidas1', claims = '{}' } = Object.fromEntries(new URLSearchParams(body));
  if (error) return provider.interactionFinished(req, res, { error, error_description: 'chosen' });
  people.set(subOf(email), {
    given_name: 'Léa Rose', usual_name: 'Martin', email, siret: '13002603200016',
    idp_id: '71144ab3-ee1a-4401-b7b3-79b44f7daeeb', phone_number: '+33639980001', ...JSON.parse(claims),
  });
  const amr = acr.includes('mfa') ? ['pwd', 'mfa'] : ['pwd'];
  return provider.interactionFinished(req, res, { login: { accountId: subOf(email), acr, amr } });
};

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}${PREFIX}`;
  const provider = make(issuer);
  provider.use(goWrong);
  for (const event of ['server_error', 'authorization.error', 'grant.error', 'userinfo.error', 'end_session.error']) {
    provider.on(event, (_, error) => console.error(event, error.message, error.error_description ?? '', error.error_detail ?? ''));
  }
  const handler = provider.callback();
  server.on('request', async (req, res) => {
    try {
      if (req.url.startsWith('/panne?')) return res.end(failure = req.url.slice(7));
      if (req.url.startsWith(`${PREFIX}/interaction/`)) return await interaction(provider, req, res);
      // Mounted under the issuer's path, as Express does it.
      req.originalUrl = req.url;
      req.url = req.url.slice(PREFIX.length) || '/';
      return await handler(req, res);
    } catch (error) {
      console.error(error);
      res.statusCode = 500;
      return res.end(error.message);
    }
  });
  console.log(issuer);
});
