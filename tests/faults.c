/* Faults, put at chosen calls: a library to load before the program (LD_PRELOAD).

   Counts the calls that change the disk below a folder (and, of some kinds, those that
   open a file there to be read), and at one of them does what it was told: the call
   fails, writes half, the program is killed, or somebody else saves or removes a file.
   Counts are in memory that forked processes share. What is not below the folder, and
   every call before faults_arm(), goes through untouched. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind {
  COUNT,   /* nothing */
  FAILS,   /* the call fails once */
  FULL,    /* from here on every call fails that needs room */
  SHORT,   /* a write writes half */
  KILLED,  /* the process group is killed before the call */
  TORN,    /* killed after the call, or after half of a write */
  SAVED,   /* somebody else saves a file before the call, by renaming */
  GONE,    /* the file that is to be read is removed before */
  UNREAD,  /* a file that is to be read cannot be opened */
};

enum { WRITING = 1, OPENING = 2, NAMING = 4, REMOVING = 8, OTHER = 16, READING = 32 };

static struct shared {
  _Atomic long calls[32]; /* by class */
  _Atomic long number;    /* of those that may be struck */
  _Atomic int struck;
  char call[16];
  char path[PATH_MAX];
} *shared;

static int armed, kind, code;
static long when;
static size_t length;
static char folder[PATH_MAX], saved_from[PATH_MAX], saved_to[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Count from now on, and strike at the `at`th call (from 1; 0: at none) as `what` says. */
void faults_arm(const char *below, int what, int error, long at, const char *from, const char *to) {
  snprintf(folder, sizeof folder, "%s", below);
  snprintf(saved_from, sizeof saved_from, "%s", from);
  snprintf(saved_to, sizeof saved_to, "%s", to);
  length = strlen(folder);
  kind = what, code = error, when = at;
  for (int class = 0; class < 32; class++) shared->calls[class] = 0;
  shared->number = 0;
  shared->struck = 0;
  shared->call[0] = shared->path[0] = 0;
  armed = 1;
}

int faults_struck(void) { return shared->struck; }
const char *faults_call(void) { return shared->call; }
const char *faults_path(void) { return shared->path; }

/* Which calls a kind can strike. */
static int struck_by(int what) {
  switch (what) {
    case FULL: return WRITING | OPENING | NAMING;
    case SHORT: return WRITING;
    case GONE: case UNREAD: return READING;
    default: return code == EMFILE ? OPENING : ~READING;
  }
}

/* How many calls such a fault could have struck. */
long faults_calls(int what, int error) {
  long sum = 0;
  kind = what, code = error;
  for (int class = 0; class < 32; class++)
    if (struck_by(what) >> class & 1) sum += shared->calls[class];
  return sum;
}

static int below(const char *path) {
  return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int of_handle(int handle, char *path) {
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", handle);
  ssize_t got = syscall(SYS_readlink, name, path, PATH_MAX - 1);
  if (got < 0) return 0;
  path[got] = 0;
  return 1;
}

static int of_name(int at, const char *name, char *path) {
  if (name[0] == '/') {
    snprintf(path, PATH_MAX, "%s", name);
    return 1;
  }
  char top[PATH_MAX];
  if (at == AT_FDCWD ? !getcwd(top, sizeof top) : !of_handle(at, top)) return 0;
  snprintf(path, PATH_MAX, "%.2000s/%.2000s", top, name);
  return 1;
}

static int is_folder(int at, const char *path) {
  struct stat found;
  return !fstatat(at, path, &found, 0) && S_ISDIR(found.st_mode);
}

static void save(void) {
  char fresh[PATH_MAX + 8], data[4096];
  snprintf(fresh, sizeof fresh, "%s.save~", saved_to);
  int from = syscall(SYS_openat, AT_FDCWD, saved_from, O_RDONLY, 0);
  int to = syscall(SYS_openat, AT_FDCWD, fresh, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  for (ssize_t got; (got = syscall(SYS_read, from, data, sizeof data)) > 0;) syscall(SYS_write, to, data, got);
  syscall(SYS_close, from);
  syscall(SYS_close, to);
  syscall(SYS_renameat2, AT_FDCWD, fresh, AT_FDCWD, saved_to, 0);
}

enum { GO_ON, FAIL, HALF, HALF_AND_DIE, GO_ON_AND_DIE };

/* What is to become of a call on this path. */
static int verdict(const char *call, int class, const char *path) {
  if (!below(path)) return GO_ON;
  shared->calls[__builtin_ctz(class)]++;
  if (!(class & struck_by(kind))) return GO_ON;
  long number = ++shared->number;
  if (!when || (kind == FULL ? number < when : number != when)) return GO_ON;
  if (!shared->struck) {
    snprintf(shared->call, sizeof shared->call, "%s", call);
    snprintf(shared->path, sizeof shared->path, "%s", path);
  }
  shared->struck = 1;
  switch (kind) {
    case FAILS: case FULL: case UNREAD: errno = code; return FAIL;
    case SHORT: return HALF;
    case KILLED: kill(0, SIGKILL); return FAIL;
    case TORN: return class == WRITING ? HALF_AND_DIE : GO_ON_AND_DIE;
    case SAVED: save(); return GO_ON;
    case GONE: syscall(SYS_unlinkat, AT_FDCWD, path, 0); return GO_ON;
    default: return GO_ON;
  }
}

static int on_handle(const char *call, int class, int handle) {
  char path[PATH_MAX];
  return armed && of_handle(handle, path) ? verdict(call, class, path) : GO_ON;
}

static int on_name(const char *call, int class, int at, const char *name) {
  char path[PATH_MAX];
  return armed && of_name(at, name, path) ? verdict(call, class, path) : GO_ON;
}

#define NEXT(type, name, ...)                                  \
  static type (*next)(__VA_ARGS__);                            \
  if (!next) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define DONE(result)                                           \
  do {                                                         \
    __typeof__(result) done_ = (result);                       \
    if (said == GO_ON_AND_DIE) kill(0, SIGKILL);               \
    return done_;                                              \
  } while (0)

#define WRITE(name, more, pass)                                            \
  ssize_t name(int handle, const void *data, size_t size more) {           \
    NEXT(ssize_t, #name, int, const void *, size_t more);                  \
    int said = on_handle(#name, WRITING, handle);                          \
    if (said == FAIL) return -1;                                           \
    if ((said == HALF || said == HALF_AND_DIE) && size > 1) size /= 2;     \
    ssize_t done = next(handle, data, size pass);                          \
    if (said == HALF_AND_DIE) kill(0, SIGKILL);                            \
    return done;                                                           \
  }
#define COMMA ,
WRITE(write, , )
WRITE(pwrite, COMMA off_t at, COMMA at)
WRITE(pwrite64, COMMA off_t at, COMMA at)

#define OPEN(name, declared, call, at)                                                  \
  int name(declared const char *path, int flags, ...) {                                 \
    mode_t mode = 0;                                                                    \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                \
      va_list more;                                                                     \
      va_start(more, flags);                                                            \
      mode = va_arg(more, mode_t);                                                      \
      va_end(more);                                                                     \
    }                                                                                   \
    NEXT(int, #name, declared const char *, int, ...);                                  \
    int class = (flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT) ? READING : OPENING; \
    int said = armed && class == READING && is_folder(at, path) ? GO_ON : on_name("open", class, at, path); \
    if (said == FAIL) return -1;                                                        \
    DONE(next(call path, flags, mode));                                                 \
  }
OPEN(open, , , AT_FDCWD)
OPEN(open64, , , AT_FDCWD)
OPEN(openat, int top COMMA, top COMMA, top)
OPEN(openat64, int top COMMA, top COMMA, top)

#define ON_HANDLE(name, class, declared, pass)           \
  int name(int handle declared) {                        \
    NEXT(int, #name, int declared);                      \
    int said = on_handle(#name, class, handle);          \
    if (said == FAIL) return -1;                         \
    DONE(next(handle pass));                             \
  }
ON_HANDLE(fsync, OTHER, , )
ON_HANDLE(fdatasync, OTHER, , )
ON_HANDLE(fchmod, OTHER, COMMA mode_t mode, COMMA mode)
ON_HANDLE(ftruncate, OTHER, COMMA off_t size, COMMA size)
ON_HANDLE(ftruncate64, OTHER, COMMA off_t size, COMMA size)

#define ON_NAME(name, class, at, shown, declared, pass)  \
  int name declared {                                    \
    NEXT(int, #name, TYPES_##name);                   \
    int said = on_name(#name, class, at, shown);         \
    if (said == FAIL) return -1;                         \
    DONE(next pass);                                     \
  }
#define TYPES_rename const char *, const char *
#define TYPES_link const char *, const char *
#define TYPES_unlink const char *
#define TYPES_rmdir const char *
#define TYPES_mkdir const char *, mode_t
#define TYPES_chmod const char *, mode_t
#define TYPES_renameat int, const char *, int, const char *
#define TYPES_renameat2 int, const char *, int, const char *, unsigned
#define TYPES_linkat int, const char *, int, const char *, int
#define TYPES_unlinkat int, const char *, int
#define TYPES_mkdirat int, const char *, mode_t
ON_NAME(rename, NAMING, AT_FDCWD, new, (const char *old, const char *new), (old, new))
ON_NAME(link, NAMING, AT_FDCWD, new, (const char *old, const char *new), (old, new))
ON_NAME(unlink, REMOVING, AT_FDCWD, path, (const char *path), (path))
ON_NAME(rmdir, REMOVING, AT_FDCWD, path, (const char *path), (path))
ON_NAME(mkdir, NAMING, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_NAME(chmod, OTHER, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_NAME(renameat, NAMING, there, new, (int here, const char *old, int there, const char *new), (here, old, there, new))
ON_NAME(renameat2, NAMING, there, new, (int here, const char *old, int there, const char *new, unsigned flags), (here, old, there, new, flags))
ON_NAME(linkat, NAMING, there, new, (int here, const char *old, int there, const char *new, int flags), (here, old, there, new, flags))
ON_NAME(unlinkat, REMOVING, top, path, (int top, const char *path, int flags), (top, path, flags))
ON_NAME(mkdirat, NAMING, top, path, (int top, const char *path, mode_t mode), (top, path, mode))
