# What both scripts share: where things are, how values are read, and what the host looks like.
#
# The scripts reach a host on the standard input of `sh -s -- COMMAND key=value ...`, less their comments and
# indentation (strip-shell.ts), and run alike under dash, busybox ash and bash, down to the tools of RHEL 5.
# docs/host-script.md tells what they read and write, in which order, and how to undo it by hand.
#
# Short names, because at most 8 KiB go to each host:
#   R root prefix (tests)   P /proc   E /etc   V our own folder   B boot id   n newline   m our mark in files
#   M module   D its sysctl folder   H its hashsize parameter   N presence   A 1 where the table is live   K keys
#   F1 F2 F3 F4 our files for sysctl, udev, module loading, modprobe; c1 c2 c3 c4 what they shall hold
#   a_KEY the arguments   f v path and value found by get   e entries found by count   w warnings
# Values are read with cat: dash reads byte by byte, and /proc/sys answers only the first read.
# Standard error is silent; what a person shall read goes to 3.
exec 3>&2 2>/dev/null
export LC_ALL=C PATH=$PATH:/sbin:/usr/sbin
umask 022
R=${CONNTRACK_ROOT-}
P=$R/proc
E=$R/etc
V=$R/var/lib/pulumi-conntrack
B=$(cat $P/sys/kernel/random/boot_id)
n='
'
m='# pulumi-conntrack'
c1= c2= c3= c4= w= y= r= G= J= K=

paths() {
  M=$1
  D=$P/sys/net/netfilter
  F1=$E/sysctl.d/zz-pulumi-conntrack.conf
  F2=$E/udev/rules.d/zz-pulumi-conntrack.rules
  F3=$E/modules-load.d/pulumi-conntrack.conf
  F4=$E/modprobe.d/zz-pulumi-conntrack.conf
  H=$R/sys/module/$M/parameters/hashsize
  [ $M = nf_conntrack ] && return
  D=$P/sys/net/ipv4/netfilter
  # Before modprobe.d there was one file for all: modprobe.conf, and modules.conf of 2.4, which has no /sys.
  a=$E/modprobe.conf
  [ -d $R/sys/module ] || a=$E/modules.conf
  [ ! -e $a ] || F4=$a
}

get() {
  f=$D/$1
  case $1 in
    buckets) f=$H; [ -e $f ] || f=$D/${M}_buckets ;;
    max) f=$D/${M}_max; [ $M = nf_conntrack ] || [ -e $f ] || f=$P/sys/net/ipv4/${M}_max ;;
  esac
  v=$(cat $f)
}

# {"key":value,...} of the live values of the keys.
values() {
  o=
  for k; do
    get $k
    [ ! "$v" ] || o="$o,\"$k\":$v"
  done
  echo "{${o#,}}"
}

presence() {
  rel=$(cat $P/sys/kernel/osrelease)
  N=absent A=
  grep -q "/$M\.k*o" $R/lib/modules/$rel/modules.dep && N=notLoaded
  get max
  [ -e $f ] || return
  A=1 N=builtin
  ! grep -q "^$M " $P/modules || N=module
}

# The greatest number of entries in any network namespace, because max holds for each of them.
count() {
  e=$(cat $D/${M}_count || awk '/^ip_conntrack /{print $2}' $P/slabinfo)
  e=${e:-0}
  for p in $P $(ls -l $P/[0-9]*/ns/net | awk '!s[$NF]++{print $(NF-2)}'); do
    h=$(sed -n '2s/ .*//p' ${p%/ns/net}/net/stat/$M)
    [ $((0x${h:-0})) -le $e ] || e=$((0x$h))
  done
}

# KiB of RAM, of low memory, where entries must live, and of what a new table may be taken from.
memory() {
  set -- $(awk '{v[$1]=$2}END{a=v["MemAvailable:"];if(!a)a=v["MemFree:"]+v["Cached:"];l=v["LowFree:"];if(l&&l<a)a=l;l=v["VmallocTotal:"]-v["VmallocUsed:"];if(l&&l<a)a=l;t=v["MemTotal:"];l=v["LowTotal:"];print t,l?l:t,a}' $P/meminfo)
  mt=$1 ml=$2 ma=$3
}

list() {
  sed 's/[^A-Za-z0-9_.:=/@-]/?/g;s/.*/"&"/' | paste -sd, -
}

processes() {
  grep -hxE "Name:.($1)" $P/[0-9]*/status | sed 's/Name:./process:/' | sort -u
}

loaders() {
  awk -v m=$M '$1==m{n=split($4,a,",");for(i=1;i<=n;i++)if(a[i]~/[a-z]/)print "module:"a[i]}' $P/modules
  processes 'dockerd|kube-proxy|k3s.*|kubelite|libvirtd|virtnetworkd|firewalld'
  grep -liE '^[^#]*(ct (state|status) |-m (state|conntrack) |masquerade|^\*nat|IPTABLES_MODULES=.*(conntrack|nat))' $E/nftables.conf $E/nftables/* $E/iptables/rules* $E/sysconfig/*tables* $E/ufw/*.rules | sed 's/^/file:/'
}

writers() {
  processes 'tuned|kube-proxy'
  for p in $E/sysctl.conf $E/sysctl.d/* $R/run/sysctl.d/* $R/usr/l*/sysctl.d/* $R/lib/sysctl.d/* $E/modprobe.conf $E/modprobe.d/* $E/modules.conf $E/rc.local; do
    case $p in */zz-pulumi-conntrack.conf) continue ;; esac
    sed "/^$m {/,/^$m }/d" $p | grep -qE '^[^#;]*(conntrack_(max|buckets|[a-z0-9_]*timeout)|(options|install) +(nf|ip)_conntrack )' && echo $p
  done
}

# The members that every answer has.
report() {
  echo "\"presence\":\"$N\",\"kernel\":\"$rel\",\"memTotalKiB\":$mt,\"settings\":$(values $K),\"flags\":$(values ${M}_acct ${M}_timestamp ${M}_events),\"loadedBy\":[$(loaders | list)],\"competingWriters\":[$(writers | list)]${A:+,\"entries\":$e}"
}

# What a file holds of ours: in files of others only the lines between our marks.
have() {
  case $1 in
    */mod*s.conf | */modprobe.conf) sed -n "/^$m {/,/^$m }/p" $1 ;;
    *) cat $1 ;;
  esac
}

same() {
  [ "$(have $1)" = "$2" ]
}

# Runs `same` or `keep` on our files. Where sysctl.d has all settings it comes first and goes last, so that a boot in
# between finds all of ours in force or nothing.
each() {
  o='4 3 2 1'
  [ ! "$c1" ] || o='1 2 3 4'
  for i in $o; do eval "$1 \$F$i \"\$c$i\"" || return; done
}

# What the files shall hold for key=value ... . Where buckets can be set by sysctl, sysctl.d alone decides what a boot
# brings. Older kernels need the module's parameter, so that there modprobe sets everything, from one file.
plan() {
  c=
  for a; do
    get ${a%%=*}
    case $a in
      buckets=*) f=$D/${M}_buckets; [ "$a_bucketsWritable" ] || continue ;;
    esac
    c="$c ${f#$P/sys/}=${a#*=}"
  done
  c=$(echo $c | tr / .)
  if [ "$a_bucketsWritable" ] || [ $N = builtin ]; then
    c1="$m of $a_token$n$(echo "$c" | tr ' ' '\n' | sed 's/=/ = /')"
    [ $N = builtin ] && return
    # The event comes before the module has made its files, hence the wait.
    c2="ACTION==\"add\", SUBSYSTEM==\"module\", KERNEL==\"$M\", RUN+=\"/bin/sh -c 'for i in 1 2 3 4 5; do [ -e /proc/sys/net/netfilter/${M}_max ] && break; sleep 1; done; while read k e v; do echo \$\$v >/proc/sys/\$\$(echo \$\$k | tr . /); done <${F1#$R}'\""
    c=
  fi
  [ "$a_hashsize" = none ] || c4="options $M hashsize=$a_buckets$n"
  case $F4$c in
    */modules.conf*) c4="${c4}post-install $M /sbin/sysctl -w $c$n" ;;
    *=*) c4="${c4}install $M /sbin/modprobe -i $M \$CMDLINE_OPTS && { /sbin/sysctl -e -w $c >/dev/null 2>&1; :; }$n" ;;
  esac
  c4="$m {$n$c4$m }"
  if [ "$a_loadModule" ] || [ "$A$c" = 1 ] && [ "$(loaders)" ]; then
    if [ -d ${F3%/*} ]; then c3=$M; else w="$w not-loaded-at-boot:$M"; fi
  fi
}

usage() {
  echo "arguments: $1: see docs/host-script.md" >&3
  exit 2
}

# Runs COMMAND with the settings as its arguments; everything else becomes a variable.
dispatch() {
  command=$1
  shift
  for a; do
    case $a in
      *[!A-Za-z0-9_.:=/-]* | [!a-z]* | *=) usage "'$a' cannot be read" ;;
      *=*) eval "a_$a" ;;
      *) usage "'$a' has no value" ;;
    esac
    case $a in
      max=* | buckets=* | nf_* | ip_*) set -- "$@" $a; K="$K ${a%%=*}" ;;
    esac
    shift
  done
  $command "$@"
}
