#!/busybox sh
# First program of a test machine: loads what the disk needs and hands over to it, as a real host's boot archive does.
/busybox mkdir -p /proc /sys /dev /disk
/busybox mount -t proc proc /proc
/busybox mount -t sysfs sys /sys
/busybox mount -t devtmpfs dev /dev
for module in /modules/*.ko; do
  /busybox insmod "$module"
done
/busybox mount -t ext4 /dev/vda /disk
/busybox mount -t tmpfs -o mode=755 run /disk/run
/busybox mount -t tmpfs -o mode=700 root /disk/root
/busybox cp -a /machine /disk/run/machine
if [ -f /machine/nftables.conf ]; then
  /busybox cp /machine/nftables.conf /disk/etc/nftables.conf
fi
/busybox mkdir -m 700 /disk/root/.ssh
/busybox cp /machine/authorized_keys /disk/root/.ssh/authorized_keys
for folder in proc sys dev; do
  /busybox mount -o move /$folder /disk/$folder
done
exec /busybox switch_root /disk /usr/bin/busybox init
