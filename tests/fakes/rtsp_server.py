"""An RTSP camera from GStreamer's own server: ``rtsp_server.py PORT [jpeg|h264] [USER PASSWORD]``.

Run by the system's Python, which has GStreamer's bindings; it prints a line once it listens. The
stream is at ``/front``: a test pattern of 320x240 pixels, 25 frames a second.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "jpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96",
}


def main(port: str, encoder: str = "jpeg", user: str = "", password: str = "") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( videotestsrc is-live=true pattern=smpte ! video/x-raw,width=320,height=240,framerate=25/1 ! "
        f"videoconvert ! video/x-raw,format=I420 ! {ENCODERS[encoder]} )"
    )
    factory.set_shared(True)
    if user:
        demand(server, factory, user, password)
    server.get_mount_points().add_factory("/front", factory)
    if not server.attach(None):
        sys.exit(f"can't listen on port {port}")
    print("listening", flush=True)
    GLib.MainLoop().run()


def demand(server: object, factory: object, user: str, password: str) -> None:
    """Let nobody see the stream without the user's name and password."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", right, True)
    factory.set_permissions(permissions)


main(*sys.argv[1:])
