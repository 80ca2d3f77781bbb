# Values and files change as one: all of it, or nothing. Live values are proven before anything is persisted.

# put KEY=VALUE: sets one live value, unless it is there already: a resize to the same size may stop all tracking for a
# full pass over the table. While putting back, one that cannot be set does not keep the others from it.
put() {
	local key="${1%%=*}" want="${1#*=}" before
	read_live "$key"
	before=$value
	[ "$want" ] && [ "$before" != "$want" ] || return 0
	# The kernel that booted meanwhile may not have it.
	if [ "$undoing" ] && [ ! -e "$live_path" ]; then
		warn "not-put-back:$key"
		return 0
	fi
	# Where /sys is read-only the kernel may take the buckets by sysctl.
	echo "$want" >"$live_path" || [ "$key" != buckets ] || echo "$want" >"$sysctls/${module}_buckets"
	read_live "$key"
	if [ "$value" = "$want" ]; then
		audit "$key" "$before" "$want"
		return 0
	fi
	cause="$key stays $value instead of $want"
	undo_failed=1
	[ "$undoing" ]
}

# raise KEY=VALUE: sets it if that makes it greater.
raise() {
	local want="${1#*=}"
	read_live "${1%%=*}"
	[ "${want:-0}" -le "${value:-0}" ] || put "$1"
}

# Waits until every network namespace holds less than 0.8 of a max that shrinks.
wait_for_room() {
	read_live max
	[ ! "$undoing" ] && [ "${1:-$value}" != "$value" ] || return 0
	ticks=$waitSeconds
	while is_crowded "$1"; do
		cause="$entries entries stay above 0.8 of max=$1"
		tick || return 1
	done
}

# set_values KEY=VALUE ...: the table and max grow first and shrink last.
set_values() {
	local word buckets='' max='' others=''
	for word; do
		case $word in
			buckets=*) buckets=$word ;;
			max=*) max=$word ;;
			*) others="$others $word" ;;
		esac
	done
	raise "$buckets" && raise "$max" || return 1
	for word in $others; do
		put "$word" || return 1
	done
	wait_for_room "${max#*=}" && put "$max" && put "$buckets"
}

# copy_aside FILE COPY: keeps what the host's file holds of ours, to put it back.
copy_aside() {
	local path held
	find_file "$1"
	case $1 in
		block=*) write_text "$2" "$held" ;;
		*) become "$2" "$path" ;;
	esac
}

# begin LOADED: from now on the run is a transaction. LOADED is 1 where it loads the module itself.
begin() {
	local key word words='' files="$planned" number=0
	for key in $keys; do
		read_live "$key"
		words="$words $key=$value"
	done
	[ "$running" ] || rm -rf "$transaction"
	mkdir -p "$transaction" || no_room
	[ "$files" = "$owned" ] || files="$files $owned"
	for word in $files $journal_file; do
		number=$((number + 1))
		[ "$running" ] || copy_aside "$word" "$transaction/$number" || no_room
	done
	seal "$transaction/values" "2:$token $module $1$words $files"
	running=1
}

reversed() {
	echo "$@" | awk '{ for (i = NF; i > 0; i--) print $i }'
}

# A boot in between finds all of ours in force or nothing: sysctl.d comes first and the module's parameter last, and
# they go in the reverse order.
persist() {
	local word text
	for word in $planned; do
		plan_text "$word"
		change_file "$word" '' "$text" || return 1
	done
	for word in $(reversed $owned); do
		case "$planned " in
			*" $word "*) ;;
			*) change_file "$word" "$folder/originals${word#*=}" || return 1 ;;
		esac
	done
}

# transact JOURNAL: without a journal everything of ours goes.
transact() {
	[ "$running" ] || begin 0
	[ ! "$1" ] || seal "$folder/journal" "$1"
	set_values $targets || fail set "$cause" 'see dmesg, is it writable?'
	persist || fail persist "$cause" 'make it writable'
	[ "$1" ] || rm -f "$folder/journal"
	# From here on a time limit ends what hangs, and not the run: all is done.
	trap '' TERM
	rm "$transaction/values" || no_room
	running=''
}

# Ends the transaction of a run that failed or was killed: all as before. After a boot in between, too: the live values
# may then come from our files, and must not be taken for originals. False, with cause, where not all could be put back.
recover() {
	recover_from "$folder/undo" && recover_from "$transaction"
}

recover_from() {
	local work="$1" word values='' files='' order='' number=0
	[ -e "$work/values" ] || return 0
	warn recovered
	undo_failed=''
	if unseal "$work/values"; then
		undoing=1
		set -- $record
		[ "$1" = "${1#2:}" ] || shift
		use_module "$1"
		[ "$work" = "$transaction" ] || files=$(files_of_0_1_0)
		# A module that we loaded goes; where it is in use by now, it gets the values that it came with.
		[ "$2" = 0 ] || modprobe -r "$module"
		shift 2
		for word; do
			case $word in
				file=* | block=*) files="$files $word" ;;
				*) values="$values $word" ;;
			esac
		done
		[ ! -e "$max_path" ] || set_values $values
		for word in $files; do
			number=$((number + 1))
			order="$order $number:$word"
		done
		# In the order of `persist`, whether they come or go.
		holds "$work/1" || order=$(reversed $order)
		for word in $order $((number + 1)):$journal_file; do
			change_file "${word#*:}" "$work/${word%%:*}" || undo_failed=1
		done
		undoing=''
	else
		warn journal-damaged
	fi
	[ ! "$undo_failed" ] && rm "$work/values" && running=''
}
