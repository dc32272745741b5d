"""Where Kazoo's pivot asks for a callflow."""
