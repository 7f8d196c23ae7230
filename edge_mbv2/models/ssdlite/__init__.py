"""SSD with MobileNetV2's SSDLite heads or plain ones: raw outputs, decoded here."""
