# Amazon Linux 2023 has glibc 2.34; pip takes each tag as it stands, so all that packages use are named.
PLATFORMS := manylinux_2_28_x86_64 manylinux_2_27_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64
