# Run a command as a container would: as a user of its own, where nothing but one folder can be written.
#
# Usage, in namespaces of its own for mounts and for the network: confined.sh FOLDER USER GROUP PYTHON COMMAND…
set -eu
folder=$1 user=$2 group=$3 python=$4
shift 4
ip link set lo up
# The home of root, where Python may be, is closed to other users: of it they see this Python alone.
case $python in "$HOME"/*)
    mount --bind "$python" /mnt
    mount -t tmpfs -o mode=0755 none "$HOME"
    mkdir -p "$python"
    mount --move /mnt "$python"
    mount -o remount,ro "$HOME"
    ;;
esac
mount --bind "$folder" "$folder"
mount -o remount,bind,ro /
cd "$folder"
exec setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs --bounding-set=-all "$@"
