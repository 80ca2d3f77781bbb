# The four modes: apply and restore write, verify and facts read.

# False where the kernel takes this value at load only, or never.
can_set() {
	[ "$1" != buckets ] || [ "$hashsize" = live ]
}

# Sets targets (what is to be set now) and journal_new, KEY=ORIGINAL:OURS for each value.
plan_values() {
	local word key
	journal_new=''
	for word in $settings; do
		key=${word%%=*}
		read_live "$key"
		if can_set "$key"; then
			[ "$value" ] || [ ! "$live" ] || refuse "no $key here" 'leave it out'
			value_in "$journal_values" "$key"
			# What a damaged journal held is lost: what we find may be our own.
			[ ! "$found$damaged" ] || value=${found%:*}
			journal_new="$journal_new $key=$value:${word#*=}"
			targets="$targets $word"
		else
			[ "$value" = "${word#*=}" ] || warn buckets-next-load
		fi
	done
}

# Lets go of the journal's values that are no setting any more: back to the original, unless someone changed them.
release_values() {
	local word key values
	for word in $journal_values; do
		key=${word%%=*}
		values=${word#*=}
		case "$settings" in *" $key="*) continue ;; esac
		keys="$keys $key"
		read_live "$key"
		case $value:$values in
			:* | "${values%:*}":*) ;;
			"${values#*:}:$values")
				[ "${values%:*}" ] && targets="$targets $key=${values%:*}" || warn "restored-unknown:$key"
				;;
			*) warn "changed-since:$key" ;;
		esac
	done
	previous=$(live_values $keys)
}

differs() {
	drift="$drift${drift:+,}{'key':'$1','planned':'$2','found':'$3'}"
}

# Sets drift: every value and file that is not as planned.
compare() {
	local word text path held
	drift=''
	for word in $settings; do
		read_live "${word%%=*}"
		[ ! "$live" ] || ! can_set "${word%%=*}" || [ "$value" = "${word#*=}" ] ||
			differs "${word%%=*}" "${word#*=}" "$value"
	done
	for word in $planned; do
		plan_text "$word"
		find_file "$word"
		[ "$held" = "$text" ] || differs "${word#*=}" 'content of the plan' "${held:+other content}"
	done
}

finish() {
	local text
	# What is done is done.
	count_entries || warn entries-unknown
	text=$(answer "'owner':'$journal_owner','changed':${changed:-false},'previous':$previous,")
	leave
	echo "$text"
}

apply() {
	local new
	enter
	use_module "$module"
	look
	[ -e "$proc/sys/net/core/netdev_max_backlog" ] || refuse 'not the initial network namespace' 'tune its host'
	check_kube_proxy
	check_memory
	check_era
	plan_files
	read_journal
	check_owner
	if [ "$loadModule" ] && [ ! "$live" ]; then
		# A failed run unloads it again.
		begin 1
		changed=true
		modprobe "$module"
		look
		[ "$live" ] || fail load "modprobe $module failed" 'try it'
		begin 1
	fi
	plan_files
	plan_values
	release_values
	if [ "$live" ]; then
		check_shrinking
		check_free_memory
	else
		targets=''
	fi
	case $planned in
		*modules-load*) [ -d "$root/etc/modules-load.d" ] || warn "not-loaded-at-boot:$module" ;;
	esac
	new="2:$token $module script=$script$journal_new$planned"
	compare
	[ "$journal" = "$new" ] && [ ! "$drift" ] || changed=true
	[ ! "$changed" ] || transact "$new"
	finish
}

restore() {
	enter
	use_module nf_conntrack
	read_journal
	look
	case $journal_owner in
		'') ;;
		"$token")
			changed=true
			release_values
			transact ''
			;;
		*) warn "token-foreign:$journal_owner" ;;
	esac
	finish
}

verify() {
	use_module "$module"
	look
	plan_files
	compare
	require_entries
	answer "'changed':false,'previous':{},'drift':[$drift],"
}

facts() {
	# The newer module, unless only the old one is there.
	module=ip_conntrack
	[ -e "$old_max" ] || can_load $module || module=nf_conntrack
	[ ! -e "$new_max" ] || module=nf_conntrack
	use_module $module
	look
	[ "$live" ] || can_load $module || presence=absent
	keys="max buckets $(ls "$sysctls" | grep timeout)"
	require_entries
	answer "'module':'$module','arch':'$(uname -m)','unameVersion':'$(json_text "$proc/sys/kernel/version")','versionSignature':'$(json_text "$proc/version_signature")','lowTotalKiB':'$(memory_of LowTotal)','pageSizeBytes':'$(awk '/^KernelPageSize/ { print $2 * 1024; exit }' "$proc/self/smaps")','cores':$(grep -cE "^(processor|cpu)[0-9 $tab]*:" "$proc/cpuinfo"),"
}

main() {
	trap '' HUP PIPE
	mode=$1
	shift
	read_words "$@"
	case $mode:$token:$module in
		apply:?*:?* | verify:?*:?* | restore:?*:* | facts:*) ;;
		*) bad_word 'mode, token or module missing' ;;
	esac
	require_tools
	$mode
}

# A script that was cut off on its way has no last line, and does nothing; no program reads the rest of it.
main "$@" </dev/null
