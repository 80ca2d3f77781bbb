# What must be true before anything is written. A check that cannot be made is a refusal.

# kube-proxy overwrites ours unless three of its values are 0. Its name alone can be given by anyone to a program of
# root's, such as sudo. Only files are read, and not without measure: what its
# command line names may be anything.
check_kube_proxy() {
	local process text file
	for process in $(echo "$processes" | sed -n 's/ kube-proxy.*//p'); do
		case $(readlink "$proc/$process/exe") in
			*/kube-proxy*) ;;
			*) continue ;;
		esac
		text=$(tr '\0' '\n' <"$proc/$process/cmdline" | awk '/^--/ && !/=/ { printf "%s=", $0; next } { print }')
		file=$(echo "$text" | sed -n 's/^--config=//p')
		if [ "$file" ]; then
			file=$proc/$process/root$file
			[ -f "$file" ] && text=$(head -c 1048576 "$file") || refuse "$file of kube-proxy cannot be read" 'mend it'
		fi
		[ "$(echo "$text" | grep -ciE '^[^#]*(core|ished|wait)(timeout)?[=:] *"?0s?"?$')" -ge 3 ] ||
			refuse 'kube-proxy sets these' 'set its conntrack values to 0'
	done
}

check_memory() {
	local ram low
	ram=$(memory_of MemTotal)
	low=$(memory_of LowTotal)
	low=${low:-$ram}
	[ "$ram" -ge $minRamKiB ] && [ "$low" -ge $minLowKiB ] ||
		refuse "RAM $ram, low $low KiB must reach $minRamKiB, $minLowKiB" 'correct memoryMiB or lower max'
}

wrong_kernel() {
	refuse "kernel $kernel is not of that era ($1)" 'correct facts.kernel'
}

# What a kernel of another era would show: another module's table, no such module to load, buckets with other rights,
# other columns in its statistics. For a while the new module kept the old names as well.
check_era() {
	local shown=''
	[ ! -e "$old_max" ] || shown=ip_conntrack
	[ ! -e "$new_max" ] || shown=nf_conntrack
	if [ ! "$shown" ]; then
		can_load "$module" || wrong_kernel "no $module"
		return 0
	fi
	[ "$shown" = "$module" ] || wrong_kernel "$shown"
	case $(ls -l "$sysctls/${module}_buckets" | cut -c3)$writable in
		w | -1) wrong_kernel 'its buckets' ;;
	esac
	case $chainLimit$(sed -n 1p "$proc/$stats") in
		1 | 1*chainlength*) ;;
		1* | 0*chainlength*) wrong_kernel 'its statistics' ;;
	esac
}

# A project, a stack and a name are one owner of a host, whatever the wave.
check_owner() {
	case $adopt\ $journal_owner/ in
		*\ / | any\ * | "$adopt $adopt"/* | *" $(echo "$token" | cut -d / -f -3)"/*) ;;
		*) fail journal "the host belongs to $journal_owner" 'destroy that first' ;;
	esac
}

check_shrinking() {
	[ "$live" ] && [ ! "$allowShrink" ] || return 0
	local limit
	read_live max
	value_in "$settings" max
	limit=$found
	value_in "$journal_values" max
	! is_crowded "$limit" && { [ "$value" -le "$limit" ] || [ "$value" = "${found#*:}" ]; } ||
		refuse "max $value with $entries entries cannot become $limit" 'raise max or set allowShrink'
}

# The old table is still there while the new one is made.
check_free_memory() {
	local free used
	value_in "$settings" buckets
	read_live buckets
	[ "$live$hashsize" = 1live ] && [ "$value" != "$found" ] || return 0
	free=$(memory_of MemAvailable)
	used=$(memory_of VmallocUsed)
	for free in ${free:-$(($(memory_of MemFree) + $(memory_of Cached)))} $(memory_of LowFree) \
		${used:+$(($(memory_of VmallocTotal) - used))}; do
		[ $((tableKiB * 4)) -le "$free" ] || refuse "table of $tableKiB KiB exceeds a quarter of $free free" 'lower buckets'
	done
}
