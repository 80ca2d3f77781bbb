# Connection tracking as this host has it: where its values are, how its module is there, how many entries it holds.

# use_module MODULE: sets where its values and files are.
use_module() {
	module=$1
	shared_file=''
	sysctls=$proc/sys/net/netfilter
	max_path=$new_max
	stats=net/stat/$module
	[ "$module" = ip_conntrack ] || return 0
	# Every version of the old module has this name of max. Before modprobe.d there was one file for all modules,
	# modprobe.conf, and modules.conf in 2.4, which has no /sys.
	sysctls=$proc/sys/net/ipv4/netfilter
	max_path=$old_max
	local file=/etc/modprobe.conf
	[ -d "$root/sys/module" ] || file=/etc/modules.conf
	[ ! -f "$root$file" ] || shared_file=$file
}

# read_live KEY: sets live_path and value, which is empty where this kernel has no such value.
# Values are read by cat: dash reads byte by byte, and /proc/sys answers only the first read.
read_live() {
	case $1 in
		max) live_path=$max_path ;;
		buckets)
			live_path=$root/sys/module/$module/parameters/hashsize
			[ -e "$live_path" ] || live_path=$sysctls/${module}_buckets
			;;
		*) live_path=$sysctls/$1 ;;
	esac
	value=$(cat "$live_path")
}

# {"key":value,...} of the live values of these keys.
live_values() {
	local key text=''
	for key; do
		read_live "$key"
		[ ! "$value" ] || text="$text,'$key':$value"
	done
	echo "{${text#,}}"
}

memory_of() {
	sed -n "s/^$1: *\([0-9]*\) kB\$/\1/p" "$proc/meminfo"
}

# Sets processes, live, presence, users (other modules that need this one) and state, the word of the target for all that.
look() {
	live='' presence=notLoaded
	[ ! -e "$max_path" ] || live=1 presence=builtin
	! grep -q "^$module " "$proc/modules" || presence=module
	# `nf_conntrack 176128 2 nft_ct,nf_nat, Live`; 2.4 writes `[ipt_state iptable_nat]`.
	users=$(sed -n -e "s/^$module .*\[\(.*\)\].*/\1/p" -e "s/^$module [0-9]* [0-9]* \([^-].*,\) .*/\1/p" "$proc/modules")
	state=$presence
	[ "$presence" != module ] || [ ! "$users" ] || state=moduleInUse
	list_processes
}

# True where this kernel could load the module.
can_load() {
	grep -q "/$1\.k*o" "$root/lib/modules/$kernel/modules.dep"
}

# Sets entries, the greatest number in any network namespace, because max holds for each of them. False, with cause,
# where one cannot be looked into. The first column of the statistics is the number, in hexadecimal of one width; those
# of all processes are read at once, so that whoever makes many namespaces, or ends meanwhile, is in nobody's way.
count_entries() {
	local file most
	entries=0
	[ "$live" ] || return 0
	note_entries "$(cat "$sysctls/${module}_count" || wc -l <"$proc/net/$module")" "$sysctls" || return 1
	most=$(process_files "$proc" $stats | xargs grep -sm 1 '^[0-9a-f]* ' /dev/null |
		sed 's/.*:\([0-9a-f]*\).*/\1/' | sort | tail -n 1)
	# Kernels before 2.6.25 have one table, and no such files.
	[ "$most" ] || [ ! -e "$proc/self/$stats" ] || most=none
	note_entries "0x${most:-0}" 'the network namespaces' || return 1
	# Namespaces without a process are held by a mount: those of `ip netns`, of OpenStack's routers.
	for file in $(awk '$4 ~ /^net:/ || $5 ~ /^(\/var)?\/run\/netns\/./ { print $5 }' "$proc/self/mountinfo"); do
		note_entries "0x$(inside "$root$file" cat "$proc/$stats" | sed -n '2s/ .*//p')" "$file" || return 1
	done
}

# note_entries NUMBER WHERE
note_entries() {
	case $1 in
		'' | 0x | *[!0-9a-fx]*)
			cause="the entries of $2 cannot be read"
			return 1
			;;
	esac
	[ $(($1)) -le $entries ] || entries=$(($1))
}

# inside NAMESPACE COMMAND ...
inside() {
	local file="$1"
	shift
	nsenter "--net=$file" "$@" || ip netns exec "${file##*/}" "$@"
}

require_entries() {
	count_entries || refuse "$cause" 'be root, or install nsenter'
}

# True where so many entries leave less than a fifth of this max.
is_crowded() {
	require_entries
	[ $((entries * 5)) -gt $(($1 * 4)) ]
}
