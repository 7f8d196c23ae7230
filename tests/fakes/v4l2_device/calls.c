/* The calls that programs make, answered when they are about the device. */
#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

static struct handle *handles[MAX_FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct handle *handle_of(int fd) { return fd >= 0 && fd < MAX_FILES ? handles[fd] : NULL; }

static int open_device(const struct description *d)
{
    if (is(d, "denied"))
        return fail(EACCES);
    if (is(d, "unplugged"))
        return fail(ENOENT);
    int fd = memfd_create("fake-v4l2", MFD_CLOEXEC);
    if (fd >= MAX_FILES) {
        close(fd);
        return fail(EMFILE);
    }
    handles[fd] = calloc(1, sizeof **handles);
    handles[fd]->generation = d->generation;
    return fd;
}

static int is_device(const struct description *d, const char *path)
{
    char resolved[4096]; /* a link in by-id points to a node that doesn't exist */
    ssize_t length = readlink(path, resolved, sizeof resolved - 1);
    if (length > 0)
        resolved[length] = 0;
    return *d->path && strcmp(length > 0 ? resolved : path, d->path) == 0;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...)                \
    {                                                         \
        struct description d = describe();                    \
        if (is_device(&d, path)) {                            \
            pthread_mutex_lock(&lock);                        \
            int fd = open_device(&d);                         \
            pthread_mutex_unlock(&lock);                      \
            return fd;                                        \
        }                                                     \
        va_list rest;                                         \
        va_start(rest, flags);                                \
        mode_t mode = va_arg(rest, mode_t);                   \
        va_end(rest);                                         \
        return REAL(name)(path, flags, mode);                 \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    pthread_mutex_lock(&lock);
    struct handle *h = handle_of(fd);
    if (h) {
        release_buffers(h);
        close_frames(h);
        free(h);
        handles[fd] = NULL;
    }
    pthread_mutex_unlock(&lock);
    return REAL(close)(fd);
}

static void hang_while_blocked(void)
{
    for (struct description d = describe(); is(&d, "blocked"); d = describe())
        usleep(5000);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *arg = va_arg(rest, void *);
    va_end(rest);
    if (!handle_of(fd))
        return REAL(ioctl)(fd, request, arg);
    hang_while_blocked();
    pthread_mutex_lock(&lock);
    struct handle *h = handle_of(fd);
    int result = h ? answer(fd, h, request, arg) : fail(EBADF);
    pthread_mutex_unlock(&lock);
    return result;
}

/* 1 when a frame waits, -1 when the device is gone, 0 when the time is up. */
static int wait_for_frame(int fd, double timeout_s)
{
    for (double end_s = now_s() + timeout_s;; usleep(1000)) {
        struct description d = describe();
        pthread_mutex_lock(&lock);
        struct handle *h = handle_of(fd);
        int gone = !h || is_dead(&d, h), ready = !gone && ready_frame(&d, h) >= 0;
        pthread_mutex_unlock(&lock);
        if (gone || ready)
            return gone ? -1 : 1;
        if (now_s() >= end_s && !is(&d, "blocked"))
            return 0;
    }
}

/* Answers for the device alone when it is among the files: nobody mixes it with others. */
int select(int count, fd_set *reading, fd_set *writing, fd_set *failing, struct timeval *timeout)
{
    for (int fd = 0; reading && fd < count; fd++) {
        if (!FD_ISSET(fd, reading) || !handle_of(fd))
            continue;
        int ready = wait_for_frame(fd, timeout ? timeout->tv_sec + timeout->tv_usec / 1e6 : 1e9);
        FD_ZERO(reading);
        if (ready)
            FD_SET(fd, reading);
        return ready ? 1 : 0;
    }
    return REAL(select)(count, reading, writing, failing, timeout);
}

int poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    if (count != 1 || !handle_of(files->fd))
        return REAL(poll)(files, count, timeout_ms);
    int ready = wait_for_frame(files->fd, timeout_ms < 0 ? 1e9 : timeout_ms / 1e3);
    files->revents = ready > 0 ? POLLIN | POLLRDNORM : ready < 0 ? POLLERR | POLLHUP : 0;
    return ready ? 1 : 0;
}

/* Listings of the device's folder show it once, after the entries that are really there. */
static DIR *listing;

DIR *opendir(const char *name)
{
    DIR *dir = REAL(opendir)(name);
    struct description d = describe();
    char *slash = strrchr(d.path, '/');
    size_t length = slash ? (size_t)(slash - d.path) : 0;
    if (length && strncmp(name, d.path, length) == 0 && strspn(name + length, "/") == strlen(name + length))
        listing = dir;
    return dir;
}

struct dirent64 *readdir64(DIR *dir)
{
    static struct dirent64 entry;
    struct dirent64 *real = REAL(readdir64)(dir);
    struct description d = describe();
    if (real || dir != listing || is(&d, "unplugged"))
        return real;
    listing = NULL;
    memset(&entry, 0, sizeof entry);
    entry.d_ino = 1;
    entry.d_type = DT_CHR;
    strncpy(entry.d_name, strrchr(d.path, '/') + 1, sizeof entry.d_name - 1);
    return &entry;
}

struct dirent *readdir(DIR *dir) { return (struct dirent *)readdir64(dir); }
