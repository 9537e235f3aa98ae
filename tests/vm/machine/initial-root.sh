#!/bin/sh
# The first process of the test machine, in its initial RAM disk: takes the building machine's files, which it may only
# read, as its own, with everything that is written going to memory, and goes on there.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro files /files
mount -t tmpfs -o size=75% memory /memory
mkdir /memory/changes /memory/work
mount -t overlay -o lowerdir=/files,upperdir=/memory/changes,workdir=/memory/work overlay /root
for folder in proc sys dev; do mount --move "/$folder" "/root/$folder"; done
mount -t tmpfs run /root/run
mkdir -p /root/dev/shm /root/dev/pts
mount -t tmpfs shm /root/dev/shm
mount -t devpts pts /root/dev/pts
mount -t tmpfs tmp /root/tmp
mkdir /root/run/results
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 results /root/run/results
exec switch_root /root /bin/sh -c "exec $(cat /root/run/results/first-process)"
