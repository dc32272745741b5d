# Amazon Linux 2023 has glibc 2.34, and no package asks for a newer one than this.
PLATFORM := aarch64-manylinux_2_28
