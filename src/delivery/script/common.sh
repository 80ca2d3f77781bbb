# What both scripts share: where things are, how values are read, and what the host looks like.
#
# The scripts reach a host on the standard input of `sh -s -- COMMAND key=value ...`. strip-shell.ts takes their comments
# and indentation away and shortens every name that begins with an underscore, because at most 8 KiB go to each host.
# They run alike under dash, busybox ash and bash, down to the tools of RHEL 5. docs/host-script.md tells what they read
# and write, in which order, and how to undo it by hand.
#
#   F1 F2 F3 F4  our files for sysctl, udev, module loading and modprobe; c1 c2 c3 c4 what they shall hold
#   a_KEY        the argument KEY=value
# Values are read with cat: dash reads byte by byte, and /proc/sys answers only the first read.
# Standard error is silent; what a person shall read goes to 3.
exec 3>&2 2>/dev/null
umask 022
export LC_ALL=C
_root=$CONNTRACK_ROOT
_proc=$_root/proc
_etc=$_root/etc
_folder=$_root/var/lib/pulumi-conntrack
_boot=$(cat $_proc/sys/kernel/random/boot_id)
_nl='
'
_mark='# pulumi-conntrack'
_range="/^$_mark {/,/^$_mark }/"
c1= c2= c3= c4= _targets= _guardian= _warnings= _undoing= _keys= _settings=
PATH=$PATH:/sbin

_paths() {
  _module=$1
  _sysctl=$_proc/sys/net/netfilter
  _max=$_sysctl/${1}_max
  _file=/zz-pulumi-conntrack
  F1=$_etc/sysctl.d$_file.conf
  F2=$_etc/udev/rules.d$_file.rules
  F3=$_etc/modules-load.d$_file.conf
  F4=$_etc/modprobe.d$_file.conf
  _shared=
  [ $1 = nf_conntrack ] && return
  # Every version of the old module has this name of max. Before modprobe.d there was one file for all, modprobe.conf,
  # and modules.conf in 2.4, which has no /sys: there only the lines between marks are ours.
  _sysctl=$_proc/sys/net/ipv4/netfilter
  _max=$_proc/sys/net/ipv4/${1}_max
  _file=$_etc/modprobe.conf
  [ -d $_root/sys/module ] || _file=$_etc/modules.conf
  [ ! -e $_file ] || F4=$_file _shared=$_file
}

# Splits KEY=value into _key and _want, and reads the live value into _value; _path is where it can be written.
_get() {
  _key=${1%%=*} _want=${1#*=}
  _path=$_sysctl/$_key
  case $1 in
    m*) _path=$_max ;;
    b*)
      _path=$_root/sys/module/$_module/parameters/hashsize
      [ -e $_path ] || _path=$_sysctl/${_module}_buckets
      ;;
  esac
  _value=$(cat $_path)
}

# {"key":value,...} of the live values of the keys.
_values() {
  _text=
  for _word; do
    _get $_word
    [ "$_value" ] && _text=$_text,\"$_key\":$_value
  done
  echo "{${_text#,}}"
}

_look() {
  _kernel=$(cat $_proc/sys/kernel/osrelease)
  _presence=notLoaded _live=
  [ -e $_max ] && _live=1 _presence=builtin
  grep -q "^$_module " $_proc/modules && _presence=module
  eval $(sed -n 's/^\(\w*\): *\(.*\) kB/\1=\2/p' $_proc/meminfo)
}

# The greatest number of entries in any network namespace, because max holds for each of them.
_count() {
  _entries=$(cat $_sysctl/${_module}_count || wc -l <$_proc/net/$_module || echo 0)
  for _file in $_proc $(ls -l $_proc/[0-9]*/ns/net | awk '!s[$NF]++{print $(NF-2)}'); do
    _text=$(sed -n '2s/ .*//p' ${_file%/ns*}/net/stat/$_module)
    [ $((0x${_text:-0})) -le $_entries ] || _entries=$((0x$_text))
  done
}

# Words on standard input to the inside of a JSON list.
_list() {
  sed 's/[^A-Za-z0-9_.,:=/@-]/?/g;s/.*/"&"/' | paste -sd, -
}

# What loads tracking and who else sets the same keys: modules in need of ours, processes, what the firewall's service
# unloads and sets again, files. Our own lines begin with a blank where they stand in a file of others. Paths count from
# /etc.
_found() {
  sed -n "s/^$_module .* \(.*,\) .*/modules:\1/p" $_proc/modules
  grep -hxE 'Name:.(dockerd|kube(-proxy|lite)|k3s.*|libvirtd|virtnetworkd|firewalld|tuned)' $_proc/[0-9]*/status
  cd $_etc
  grep -h ^IP.*LOAD sysconfig/ip*
  grep -rliE '^[^#]*(ct ?state|-m state|masquerade|(\*|type )nat|MODULES=.*(conntrack|nat))|^.._(conntrack|nat)|^[^# ].*(hashsize|conntrack_(max|buckets|.*timeout))' nft* ip* ufw sys* mod* rc.local ../run/sysctl.d ../usr/lib/sysctl.d
}

# answer MEMBERS: the marked line, with the members that every answer has.
_answer() {
  _text='@@pulumi-conntrack@@ {"command":"'$_command'",'$1'"presence":"'$_presence'","kernel":"'$_kernel'","memTotalKiB":'$MemTotal',"entries":'$_entries',"settings":'$(_values $_keys ${_module}_acct ${_module}_timestamp ${_module}_events)',"found":['$(_found|_list)'],"warnings":['$(printf '%s\n' $_warnings|_list)]}
}

# What a file holds of ours.
_have() {
  [ $1 = "$_shared" ] && sed -n "${_range}p" $1 || cat $1
}

_same() {
  [ "$(_have $1)" = "$2" ]
}

# Runs `_same` or `_keep` on our files. Where sysctl.d has all settings it comes first and the module's parameter last,
# and they go in the reverse order, so that a boot in between finds all of ours in force or nothing. Doing some twice is
# shorter than two orders, and harmless.
_each() {
  for _number in ${c1:+1 2 3} 4 3 2 1; do eval "$1 \$F$_number \"\$c$_number\"" || return 1; done
}

# What the files shall hold. Where buckets can be set by sysctl, sysctl.d alone decides what a boot
# brings. Older kernels need the module's parameter, so that there modprobe sets everything, from one file.
_plan() {
  _text=
  for _word in $_settings; do
    _get $_word
    case $_word in b*) [ "$a_writable" ] || continue; _path=$_sysctl/${_module}_buckets ;; esac
    _text="$_text ${_path#$_proc/sys/}=$_want"
  done
  _text=$(echo $_text | tr / .)
  [ ! "$a_writable" -a $_presence != builtin ] || {
    c1="$_mark of $a_token$_nl$(printf '%s\n' $_text)"
    [ $_presence = builtin ] && return
    # The event comes before the module has made its files, hence the second try.
    c2='ACTION=="add",SUBSYSTEM=="module",KERNEL=="'$_module'",RUN+="'"/bin/sh -c 'for i in 1 2 3;do sysctl -p ${F1#$_root}&&break;sleep 1;done'\""
    _text=
  }
  [ $a_hashsize = none ] || c4=" options $_module hashsize=$a_buckets$_nl"
  _word="install $_module /sbin/modprobe -i $_module \$CMDLINE_OPTS &&"
  case $F4 in */modules.conf) _word="post-install $_module" ;; esac
  [ ! "$_text" ] || c4="$c4 $_word { /sbin/sysctl -e -w $_text >/dev/null || :; }$_nl"
  c4="$_mark {$_nl$c4$_mark }"
  [ ! "$a_loadModule" ] && { [ "$_live$_text" != 1 ] || ! grep -q "^$_module .*, " $_proc/modules; } || {
    c3=$_module
    [ -d ${F3%/*} ] || _warnings="$_warnings not-loaded-at-boot:$_module"
  }
}

# COMMAND key=value ...: settings become words for the command, everything else a variable.
main() {
  trap '' HUP PIPE
  _command=$1
  shift
  for _word; do
    case $_word in
      *[!A-Za-z0-9_.:=/-]*) _die arguments "$_word cannot be read" 'correct it' ;;
      max=* | b* | nf_* | ip_*) _settings="$_settings $_word" _keys="$_keys ${_word%%=*}" ;;
    esac
    eval "a_$_word"
  done
  $_command
}
