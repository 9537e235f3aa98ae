#!/bin/sh
# The first process of the test machine once it has its files: brings up the devices, runs what the building machine asks
# for, leaves its exit status, and powers off.
results=/run/results
modules=$(cat "$results/modules-root")
mkdir -p /lib/modules
mount --bind "$modules" /lib/modules
for module in configfs loop dm-crypt snd-aloop gpio-sim libcomposite dummy_hcd usb_f_acm cdc_acm softdog; do
  # shellcheck disable=SC2046  # several options are several words
  modprobe "$module" $(cat "$results/options-$module" 2>/dev/null) || echo "test machine: no module $module"
done
mount -t configfs none /sys/kernel/config
ip link set lo up
sh "$results/command" </dev/null
echo $? >"$results/status"
sync
echo o >/proc/sysrq-trigger
sleep 60
