"""Support-group bot for the administrative-procedure system of Đồng Tháp."""
