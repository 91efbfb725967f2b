/* LD_PRELOAD : chaque fsync et fdatasync dure DELAI_FSYNC_US microsecondes de plus, comme sur un vrai disque. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void attendre(void) {
  static long delai = -1;
  if (delai < 0) {
    const char *texte = getenv("DELAI_FSYNC_US");
    delai = texte ? atol(texte) : 0;
  }
  struct timespec duree = {delai / 1000000, (delai % 1000000) * 1000};
  nanosleep(&duree, NULL);
}

int fsync(int fd) {
  static int (*vrai)(int);
  if (!vrai) vrai = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  attendre();
  return vrai(fd);
}

int fdatasync(int fd) {
  static int (*vrai)(int);
  if (!vrai) vrai = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  attendre();
  return vrai(fd);
}
