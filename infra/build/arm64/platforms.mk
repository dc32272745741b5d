# Amazon Linux 2023 has glibc 2.34; pip takes each tag as it stands, so all that packages use are named.
PLATFORMS := manylinux_2_28_aarch64 manylinux_2_27_aarch64 manylinux_2_17_aarch64 manylinux2014_aarch64
