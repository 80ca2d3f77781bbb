# One run at a time, and a watchdog beside it.

# Waits a second; false when the last one has passed. It must not hold the connection open.
tick() {
	sleep 1 3>&-
	ticks=$((ticks - 1))
	[ $ticks != 0 ]
}

# is_alive NAME: true where the process lives that a lock names: its number, its start, and the boot.
is_alive() {
	set -- $1
	[ "$3" = "$boot" ] && [ "$2" = "$(started "$1")" ]
}

# The lock is a link that names its owner: it is there with its content or not at all, and no clock is asked. It does
# not outlive its owner: whoever finds that the owner is gone moves the link away. What was moved away must be what was
# judged; where it is that of somebody who lives, it stays beside the lock until it is back, and meanwhile whoever gets
# the lock lets go of it.
take_lock() {
	local self
	read -r self _ </proc/self/stat
	lock_name="$self $(started "$self") $boot"
	ticks=20
	until try_lock; do
		tick || return 1
	done
}

try_lock() {
	local name
	holder=''
	# In a folder of that name the link would be made inside, and keep nobody out.
	mkdir -p "$folder" && [ ! -d "$folder/lock" ] || return 1
	ln -s "$lock_name" "$folder/lock"
	if ! has_lock; then
		holder=$(readlink "$folder/lock")
		[ ! "$holder" ] || is_alive "$holder" || move_lock_away
		return 1
	fi
	for name in $(ls "$folder" | grep '^lock[.]'); do
		holder=$(readlink "$folder/$name")
		if ! is_alive "$holder"; then
			rm -f "$folder/$name"
		elif [ "$holder" != "$lock_name" ]; then
			release_lock
		fi
	done
	# It may just have been moved away, and then comes back.
	has_lock
}

move_lock_away() {
	local judged="$holder" aside="$folder/lock.${lock_name%% *}"
	mv "$folder/lock" "$aside" || return 1
	while
		holder=$(readlink "$aside")
		[ "$holder" != "$judged" ] && is_alive "$holder" && ! ln -s "$holder" "$folder/lock"
	do
		sleep 1 3>&-
	done
	rm -f "$aside"
}

has_lock() {
	[ "$(readlink "$folder/lock")" = "$lock_name" ]
}

release_lock() {
	! has_lock || rm -f "$folder/lock"
}

# Takes the lock, lets a watchdog watch this shell, and ends what an earlier run left.
enter() {
	take_lock || fail lock "$folder ${holder:+is held by }${holder:-cannot be locked}" 'wait, be root, make room or remove it'
	trap 'fail time "$limitSeconds s over" "raise limitSeconds"' TERM
	watch >/dev/null &
	watchdog=$!
	recover || fail recover "$cause" "see $folder"
}

# Ends this run at its time limit, and puts things back in its stead when it was killed.
watch() {
	local self parent
	trap '' TERM
	ticks=$limitSeconds
	while
		read -r self _ _ parent _ </proc/self/stat
		[ "$parent" = $$ ]
	do
		tick
		case $ticks in
			# Stopped, it starts no child between the death of the one that hangs and its own end.
			0)
				kill -STOP $$
				kill -9 $(descendants "$self")
				kill -TERM $$
				kill -CONT $$
				;;
			# What it does to put things back hangs as well.
			-30) kill -9 $$ $(descendants "$self") ;;
		esac
	done
	take_lock || exit 1
	cause='nothing was to be put back'
	[ ! -e "$transaction/values" ] || { recover && cause='all was put back'; }
	echo "watchdog: the run was killed ($cause): run it again" >&3
	clean_up
}

clean_up() {
	# Where there was a transaction.
	tail -n 100 "$folder/audit" >"$transaction/audit" && mv -f "$transaction/audit" "$folder/audit"
	# What a run needs no more, or one that was cut off behind its end has left.
	[ -e "$folder/undo/values" ] || rm -rf "$folder/undo"
	[ -e "$transaction/values" ] || rm -rf "$transaction"
	[ -e "$transaction" ] || [ -e "$folder/journal" ] || rm -rf "$folder/originals"
	release_lock
	rmdir "$folder"
}

leave() {
	[ "$watchdog" ] || return 0
	clean_up
	kill -9 "$watchdog"
	wait "$watchdog"
}
