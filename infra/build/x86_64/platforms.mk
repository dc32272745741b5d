# Amazon Linux 2023 has glibc 2.34, and no package asks for a newer one than this.
PLATFORM := x86_64-manylinux_2_28
