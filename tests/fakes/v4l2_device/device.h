/* A camera at /dev/videoN that isn't there: preloaded, it answers open, ioctl, select, poll and
 * directory listings for one V4L2 capture device, whose frames come from files.
 *
 * FAKE_V4L2 names the description, read again at each call, so a test can change the device while
 * it streams (words are separated by single blanks, paths hold none):
 *
 *     path /dev/video0
 *     card Test Camera
 *     state normal          normal, stall, blocked, garbage, resized, busy, denied or unplugged
 *     generation 0          open files of an older generation are dead, as after an unplug
 *     framerate 30          0: a frame is ready whenever one is asked for
 *     format YUYV 640 480 FRAMES_FILE
 *
 * While blocked, no call that waits or asks returns. While resized, frames come from FRAMES_FILE.resized
 * where there is one.
 *
 * A file of frames is a sequence of (length: u32 of this machine, bytes); it repeats at its end.
 * Like a driver's, frame n is complete at n / framerate after the start, and goes into the buffer
 * that has waited longest, or is lost when none has waited since the frame before it.
 */
#ifndef DEVICE_H
#define DEVICE_H
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdio.h>

enum { MAX_FORMATS = 8, MAX_BUFFERS = 16, MAX_FILES = 1024 };

struct format {
    char fourcc[8], frames[512];
    unsigned width, height;
};

struct description {
    char path[256], card[32], state[16];
    int generation, format_count;
    double framerate;
    struct format formats[MAX_FORMATS];
};

/* One open file of the device, found by its number. */
struct handle {
    int generation, chosen, streaming, buffer_count;
    unsigned char *memory; /* all buffers */
    size_t buffer_bytes;
    long queue[MAX_BUFFERS], earliest[MAX_BUFFERS]; /* buffer indices in order; first frame they can hold */
    int queued;
    long last_frame;
    double started_s;
    FILE *frames, *resized;
};

/* The C library's own function, which ours stands in front of. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* description.c */
struct description describe(void);
int is(const struct description *d, const char *state);
int is_dead(const struct description *d, const struct handle *h);
double now_s(void);
int fail(int error); /* sets errno, returns -1 */

/* frames.c */
unsigned code_of(const struct format *f);
unsigned line_bytes(const struct format *f);
unsigned image_bytes(const struct format *f);
long current_frame(const struct description *d, const struct handle *h);
long ready_frame(const struct description *d, const struct handle *h);
FILE *open_resized(const struct format *f);
unsigned fill(const struct description *d, struct handle *h, long n, unsigned char *into);
void close_frames(struct handle *h);
void release_buffers(struct handle *h);

/* ioctls.c */
int answer(int fd, struct handle *h, unsigned long request, void *arg);

#endif
