/* The answers to V4L2's ioctls. */
#include "device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int query_capability(const struct description *d, struct v4l2_capability *c)
{
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "fake");
    memcpy(c->card, d->card, sizeof d->card);
    strcpy((char *)c->bus_info, "platform:fake");
    c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

/* The n-th distinct pixel format, or of one pixel format the n-th size. */
static const struct format *nth(const struct description *d, unsigned code, unsigned n)
{
    for (int i = 0; i < d->format_count; i++) {
        int seen = 0;
        for (int j = 0; j < i && !code; j++)
            seen |= code_of(&d->formats[j]) == code_of(&d->formats[i]);
        if (!seen && (!code || code == code_of(&d->formats[i])) && n-- == 0)
            return &d->formats[i];
    }
    return NULL;
}

static int enumerate_format(const struct description *d, struct v4l2_fmtdesc *q)
{
    const struct format *f = nth(d, 0, q->index);
    if (!f || q->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return fail(EINVAL);
    q->pixelformat = code_of(f);
    memcpy(q->description, f->fourcc, 5);
    return 0;
}

static int enumerate_size(const struct description *d, struct v4l2_frmsizeenum *q)
{
    const struct format *f = nth(d, q->pixel_format, q->index);
    if (!f)
        return fail(EINVAL);
    q->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    q->discrete.width = f->width;
    q->discrete.height = f->height;
    return 0;
}

static int enumerate_interval(const struct description *d, struct v4l2_frmivalenum *q)
{
    if (q->index)
        return fail(EINVAL);
    q->type = V4L2_FRMIVAL_TYPE_DISCRETE;
    q->discrete.numerator = 1000;
    q->discrete.denominator = d->framerate > 0 ? (unsigned)(d->framerate * 1000) : 30000;
    return 0;
}

/* What the device would deliver when asked so: the pixel format if it has it, then the nearest size. */
static int negotiate(const struct description *d, const struct v4l2_pix_format *asked)
{
    int best = 0;
    long best_cost = -1;
    for (int i = 0; i < d->format_count; i++) {
        const struct format *f = &d->formats[i];
        long cost = labs((long)f->width - asked->width) + labs((long)f->height - asked->height);
        cost += code_of(f) == asked->pixelformat ? 0 : 1000000;
        if (best_cost < 0 || cost < best_cost)
            best = i, best_cost = cost;
    }
    return best;
}

static void show(const struct format *f, struct v4l2_pix_format *p)
{
    *p = (struct v4l2_pix_format){
        .width = f->width, .height = f->height, .pixelformat = code_of(f), .field = V4L2_FIELD_NONE,
        .bytesperline = line_bytes(f), .sizeimage = image_bytes(f), .colorspace = V4L2_COLORSPACE_SRGB};
}

static int use_format(unsigned long request, const struct description *d, struct handle *h, struct v4l2_format *q)
{
    if (q->type != V4L2_BUF_TYPE_VIDEO_CAPTURE || !d->format_count)
        return fail(EINVAL);
    int chosen = request == VIDIOC_G_FMT ? h->chosen : negotiate(d, &q->fmt.pix);
    if (request == VIDIOC_S_FMT) {
        if (is(d, "busy") || h->buffer_count)
            return fail(EBUSY);
        h->chosen = chosen;
    }
    show(&d->formats[chosen], &q->fmt.pix);
    return 0;
}

static int use_rate(const struct description *d, struct v4l2_streamparm *q)
{
    q->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    q->parm.capture.timeperframe.numerator = 1;
    q->parm.capture.timeperframe.denominator = d->framerate > 0 ? (unsigned)d->framerate : 30;
    return 0;
}

static int request_buffers(int fd, const struct description *d, struct handle *h, struct v4l2_requestbuffers *q)
{
    if (is(d, "busy"))
        return fail(EBUSY);
    if (q->memory != V4L2_MEMORY_MMAP)
        return fail(EINVAL);
    release_buffers(h);
    if (!q->count)
        return 0;
    if (q->count > MAX_BUFFERS)
        q->count = MAX_BUFFERS;
    h->buffer_bytes = (image_bytes(&d->formats[h->chosen]) + 4095) & ~4095ul;
    if (ftruncate(fd, h->buffer_bytes * q->count))
        return -1;
    h->memory = REAL(mmap)(NULL, h->buffer_bytes * q->count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    h->buffer_count = q->count;
    return h->memory == MAP_FAILED ? -1 : 0;
}

static int query_buffer(const struct handle *h, struct v4l2_buffer *b)
{
    if (b->index >= (unsigned)h->buffer_count)
        return fail(EINVAL);
    b->length = h->buffer_bytes;
    b->m.offset = b->index * h->buffer_bytes;
    return 0;
}

static int queue_buffer(const struct description *d, struct handle *h, struct v4l2_buffer *b)
{
    if (query_buffer(h, b) || h->queued == h->buffer_count)
        return fail(EINVAL);
    /* The frame that is under way already has lost its beginning. */
    h->earliest[b->index] = h->streaming ? current_frame(d, h) + 2 : 0;
    h->queue[h->queued++] = b->index;
    return 0;
}

static int dequeue_buffer(const struct description *d, struct handle *h, struct v4l2_buffer *b)
{
    if (!h->streaming)
        return fail(EINVAL);
    long n = ready_frame(d, h);
    if (n < 0)
        return fail(EAGAIN);
    b->index = h->queue[0];
    memmove(h->queue, h->queue + 1, --h->queued * sizeof *h->queue);
    query_buffer(h, b);
    b->bytesused = fill(d, h, n, h->memory + b->m.offset);
    b->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | (b->bytesused ? 0 : V4L2_BUF_FLAG_ERROR);
    b->sequence = n;
    double taken_s = d->framerate > 0 ? h->started_s + n / d->framerate : now_s();
    b->timestamp.tv_sec = (long)taken_s;
    b->timestamp.tv_usec = (long)((taken_s - (long)taken_s) * 1e6);
    h->last_frame = n;
    return 0;
}

static int stream(const struct description *d, struct handle *h, int on)
{
    close_frames(h);
    h->queued = on ? h->queued : 0;
    h->streaming = on;
    h->started_s = now_s();
    h->last_frame = -1;
    if (on && !(h->frames = fopen(d->formats[h->chosen].frames, "rb")))
        return fail(EIO);
    h->resized = on ? open_resized(&d->formats[h->chosen]) : NULL;
    return 0;
}

int answer(int fd, struct handle *h, unsigned long request, void *arg)
{
    struct description d = describe();
    if (is_dead(&d, h))
        return fail(ENODEV);
    switch ((unsigned)request) {
    case VIDIOC_QUERYCAP: return query_capability(&d, arg);
    case VIDIOC_ENUM_FMT: return enumerate_format(&d, arg);
    case VIDIOC_ENUM_FRAMESIZES: return enumerate_size(&d, arg);
    case VIDIOC_ENUM_FRAMEINTERVALS: return enumerate_interval(&d, arg);
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
    case VIDIOC_TRY_FMT: return use_format((unsigned)request, &d, h, arg);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: return use_rate(&d, arg);
    case VIDIOC_REQBUFS: return request_buffers(fd, &d, h, arg);
    case VIDIOC_QUERYBUF: return query_buffer(h, arg);
    case VIDIOC_QBUF: return queue_buffer(&d, h, arg);
    case VIDIOC_DQBUF: return dequeue_buffer(&d, h, arg);
    case VIDIOC_STREAMON: return stream(&d, h, 1);
    case VIDIOC_STREAMOFF: return stream(&d, h, 0);
    default: return fail(ENOTTY); /* inputs, standards, controls: it has none */
    }
}
