/* The frames of a format, and the moment at which each of them exists. */
#include "device.h"

#include <string.h>
#include <sys/mman.h>

unsigned code_of(const struct format *f)
{
    return v4l2_fourcc(f->fourcc[0], f->fourcc[1], f->fourcc[2], f->fourcc[3]);
}

unsigned line_bytes(const struct format *f)
{
    unsigned code = code_of(f);
    if (code == V4L2_PIX_FMT_BGR24 || code == V4L2_PIX_FMT_RGB24)
        return f->width * 3;
    if (code == V4L2_PIX_FMT_YUYV || code == V4L2_PIX_FMT_UYVY)
        return f->width * 2;
    return code == V4L2_PIX_FMT_MJPEG ? 0 : f->width;
}

unsigned image_bytes(const struct format *f)
{
    unsigned code = code_of(f), pixels = f->width * f->height;
    if (code == V4L2_PIX_FMT_NV12 || code == V4L2_PIX_FMT_YUV420)
        return pixels * 3 / 2;
    return code == V4L2_PIX_FMT_MJPEG ? pixels * 2 : line_bytes(f) * f->height;
}

long current_frame(const struct description *d, const struct handle *h)
{
    return (long)((now_s() - h->started_s) * d->framerate);
}

/* The frame in the buffer that has waited longest, or -1 while there is none yet. */
long ready_frame(const struct description *d, const struct handle *h)
{
    if (!h->streaming || !h->queued || is(d, "stall") || is(d, "blocked"))
        return -1;
    long next = h->last_frame + 1, earliest = h->earliest[h->queue[0]];
    if (d->framerate <= 0)
        return next;
    if (next < earliest)
        next = earliest;
    return next <= current_frame(d, h) ? next : -1;
}

/* The frames of another size that a format's device delivers when it goes wrong, or NULL. */
FILE *open_resized(const struct format *f)
{
    char path[600];
    snprintf(path, sizeof path, "%s.resized", f->frames);
    return fopen(path, "rb");
}

/* Copies frame n of the file into a buffer and returns its length. */
unsigned fill(const struct description *d, struct handle *h, long n, unsigned char *into)
{
    unsigned length = 0;
    FILE *frames = is(d, "resized") && h->resized ? h->resized : h->frames;
    rewind(frames);
    for (long i = 0; i <= n; i++) {
        if (i && fseek(frames, length, SEEK_CUR))
            return 0;
        if (fread(&length, sizeof length, 1, frames) != 1) { /* the end: begin again, knowing the count */
            if (i == 0)
                return 0;
            n %= i;
            i = -1;
            length = 0;
            rewind(frames);
        }
    }
    if (length > h->buffer_bytes || fread(into, 1, length, frames) != length)
        return 0;
    if (is(d, "garbage"))
        memset(into, 0xA5, length);
    return length;
}

void close_frames(struct handle *h)
{
    if (h->frames)
        fclose(h->frames);
    if (h->resized)
        fclose(h->resized);
    h->frames = h->resized = NULL;
}

void release_buffers(struct handle *h)
{
    if (h->memory)
        munmap(h->memory, h->buffer_bytes * h->buffer_count);
    h->memory = NULL;
    h->buffer_count = h->queued = h->streaming = 0;
}
