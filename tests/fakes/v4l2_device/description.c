/* What the device is at the moment, read from the file that FAKE_V4L2 names. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

struct description describe(void)
{
    struct description d = {.path = "", .card = "Fake Camera", .state = "normal", .framerate = 30};
    const char *file = getenv("FAKE_V4L2");
    int fd = file ? (int)REAL(open)(file, O_RDONLY | O_CLOEXEC) : -1;
    FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
    char line[1024];
    while (stream && fgets(line, sizeof line, stream)) {
        struct format *f = &d.formats[d.format_count];
        sscanf(line, "path %255s", d.path);
        sscanf(line, "card %31[^\n]", d.card);
        sscanf(line, "state %15s", d.state);
        sscanf(line, "generation %d", &d.generation);
        sscanf(line, "framerate %lf", &d.framerate);
        if (d.format_count < MAX_FORMATS &&
            sscanf(line, "format %4s %u %u %511s", f->fourcc, &f->width, &f->height, f->frames) == 4)
            d.format_count++;
    }
    if (stream)
        fclose(stream);
    return d;
}

int is(const struct description *d, const char *state) { return strcmp(d->state, state) == 0; }

int is_dead(const struct description *d, const struct handle *h)
{
    return is(d, "unplugged") || h->generation != d->generation;
}

int fail(int error)
{
    errno = error;
    return -1;
}
