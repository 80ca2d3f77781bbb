exec 3>&2 2>/dev/null
umask 022
set -f +euC
IFS=' 	
'
LC_ALL=C
export LC_ALL PATH
unset GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE
root=${CONNTRACK_ROOT-}
[ "$root" ] || PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin

proc=$root/proc
old_max=$proc/sys/net/ipv4/ip_conntrack_max
new_max=$proc/sys/net/netfilter/nf_conntrack_max
folder=$root/var/lib/pulumi-conntrack
transaction=$folder/transaction
journal_file=file=/var/lib/pulumi-conntrack/journal
newline='
'
tab='	'
mark='# pulumi-conntrack'
block="/^$mark {/,/^$mark }/"
boot=$(cat "$proc/sys/kernel/random/boot_id")
kernel=$(cat "$proc/sys/kernel/osrelease")

token='' script='' module='' writable='' hashsize='' chainLimit='' loadModule='' allowShrink='' adopt='' settings='' target=''
minRamKiB=0 minLowKiB=0 tableKiB=0 limitSeconds=120 waitSeconds=30
journal='' journal_owner='' journal_values='' owned='' damaged=''
warnings='' cause='' changed='' previous='{}' keys='' targets='' planned='' watchdog='' running='' undoing='' old_copies=''

warn() {
	warnings="$warnings $1"
	[ $mode != restore ] || echo "warning: $1" >&3
}

fail() {
	local status=1 reason="$2"
	trap '' TERM USR1
	if [ "$running" ]; then
		status=3
		recover || {
			status=4
			reason="$2; not all put back ($cause)"
		}
	fi
	leave
	reason=$(printf %s "$1: $reason: $3" | tr -c ' -~' '?')
	printf '%s\n' "${reason:-look: tr is missing: install it}" >&3
	exit $status
}

refuse() {
	fail look "$1" "$2"
}

no_room() {
	fail journal "$folder cannot be written" 'make room'
}

require_tools() {
	local tool
	[ "$root" ] || case $(command env) in *BASH_FUNC_*) refuse 'bash exports functions' 'unset them' ;; esac
	for tool in awk cat cp cut date find grep head id ln ls md5sum mkdir mv readlink rm rmdir sed sleep sort sync tail tr uname wc xargs; do
		command -v $tool >/dev/null || refuse "$tool is missing" 'install it'
	done
}

bad_word() {
	fail arguments "$1" 'correct it'
}

read_words() {
	local word value
	for word; do
		value=${word#*=}
		case $word in
			*[!A-Za-z0-9_.:=/-]*) bad_word 'words hold A-Za-z0-9_.:=/- only' ;;
			*KiB=* | *Seconds=* | max=* | buckets=* | nf_*=* | ip_*=*)
				case $value in
					'' | 0* | *[!0-9]*) bad_word "${word%%=*} is no number" ;;
				esac
				;;
		esac
		case $word in
			token=* | script=* | module=[ni][fp]_conntrack | hashsize=* | chainLimit=[01] | writable=1 | loadModule=1 | \
				allowShrink=1 | adopt=* | minRamKiB=* | minLowKiB=* | tableKiB=* | limitSeconds=* | waitSeconds=*)
				eval "${word%%=*}=\$value"
				;;
			for=* | file=/* | block=/* | line=*) target="$target $word" ;;
			max=* | buckets=* | nf_*=* | ip_*=*)
				case ${word%%=*} in
					*[!a-z0-9_]*) bad_word 'no kernel has this setting' ;;
				esac
				settings="$settings $word"
				keys="$keys ${word%%=*}"
				;;
			*) bad_word "unknown word ${word%%=*}" ;;
		esac
	done
}

value_in() {
	local word
	found=''
	for word in $1; do
		[ "${word%%=*}" != "$2" ] || found=${word#*=}
	done
}

process_files() {
	ls "$1" | sed -n "s|^[0-9][0-9]*\$|$1/&/$2|p"
}

status_lines() {
	process_files "$1" status |
		xargs grep -sE "^($2):" /dev/null |
		sed "s|^$1/\([0-9]*\)/status:|\1$tab|"
}

list_processes() {
	processes=$(status_lines "$proc" 'Name|Uid' | awk -F "$tab" '
		$2 == "Name:" { name = $3 }
		$2 == "Uid:" && $3 $4 $5 == "000" { print $1, name }
	')
	[ "$root" ] || [ "$(id -u)" != 0 ] || echo "$processes" | grep -q "^$$ " ||
		refuse 'processes cannot be listed' 'mount /proc'
}

descendants() {
	status_lines /proc PPid | awk -v top=$$ -v spared="$1" '
		{ parent[$1] = $3 }
		END {
			for (process in parent) {
				above = process
				while (above in parent && above != top && above != spared) above = parent[above]
				if (above == top && process != top) print process
			}
		}
	'
}

started() {
	local text
	text=$(cat "/proc/$1/stat") || return 1
	set -- ${text##*) }
	[ "$1" != Z ] && echo "${20}"
}

use_module() {
	module=$1
	shared_file=''
	sysctls=$proc/sys/net/netfilter
	max_path=$new_max
	stats=net/stat/$module
	[ "$module" = ip_conntrack ] || return 0
	sysctls=$proc/sys/net/ipv4/netfilter
	max_path=$old_max
	local file=/etc/modprobe.conf
	[ -d "$root/sys/module" ] || file=/etc/modules.conf
	[ ! -f "$root$file" ] || shared_file=$file
}

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

look() {
	live='' presence=notLoaded
	[ ! -e "$max_path" ] || live=1 presence=builtin
	! grep -q "^$module " "$proc/modules" || presence=module
	users=$(sed -n -e "s/^$module .*\[\(.*\)\].*/\1/p" -e "s/^$module [0-9]* [0-9]* \([^-].*,\) .*/\1/p" "$proc/modules")
	state=$presence
	[ "$presence" != module ] || [ ! "$users" ] || state=moduleInUse
	list_processes
}

can_load() {
	grep -q "/$1\.k*o" "$root/lib/modules/$kernel/modules.dep"
}

count_entries() {
	local file most
	entries=0
	[ "$live" ] || return 0
	note_entries "$(cat "$sysctls/${module}_count" || wc -l <"$proc/net/$module")" "$sysctls" || return 1
	most=$(process_files "$proc" $stats | xargs grep -sm 1 '^[0-9a-f]* ' /dev/null |
		sed 's/.*:\([0-9a-f]*\).*/\1/' | sort | tail -n 1)
	[ "$most" ] || [ ! -e "$proc/self/$stats" ] || most=none
	note_entries "0x${most:-0}" 'the network namespaces' || return 1
	for file in $(awk '$4 ~ /^net:/ || $5 ~ /^(\/var)?\/run\/netns\/./ { print $5 }' "$proc/self/mountinfo"); do
		note_entries "0x$(inside "$root$file" cat "$proc/$stats" | sed -n '2s/ .*//p')" "$file" || return 1
	done
}

note_entries() {
	case $1 in
		'' | 0x | *[!0-9a-fx]*)
			cause="the entries of $2 cannot be read"
			return 1
			;;
	esac
	[ $(($1)) -le $entries ] || entries=$(($1))
}

inside() {
	local file="$1"
	shift
	nsenter "--net=$file" "$@" || ip netns exec "${file##*/}" "$@"
}

require_entries() {
	count_entries || refuse "$cause" 'be root, or install nsenter'
}

is_crowded() {
	require_entries
	[ $((entries * 5)) -gt $(($1 * 4)) ]
}

assignments() {
	local word
	for word in $settings; do
		read_live "${word%%=*}"
		case $word in
			buckets=*)
				[ "$writable" ] || continue
				live_path=$sysctls/${module}_buckets
				;;
		esac
		echo "${live_path#"$proc/sys/"}=${word#*=}"
	done | tr / .
}

plan_files() {
	local word wanted=''
	planned=''
	for word in $target; do
		case $word:$wanted:$shared_file in
			for=*)
				wanted=''
				case :${word#for=}: in *:$state:*) wanted=1 ;; esac
				;;
			line=* | *::* | file=/etc/modprobe.d/*:1:/*) ;;
			file=* | "block=$shared_file:"*) planned="$planned $word" ;;
		esac
	done
}

plan_text() {
	local word lines='' ours='' found words
	for word in $target; do
		case $word in
			"$1") ours=1 ;;
			line=*) [ ! "$ours" ] || lines="$lines${word#line=}$newline" ;;
			*) ours='' ;;
		esac
	done
	value_in "$settings" buckets
	words=$(echo $(assignments))
	text=$(printf %b "$(
		echo "$lines" | sed -e 's/=\([0-7][0-7][0-7]\)/\\0\1/g' -e "s/=b/$found/g" \
			-e "s|=s|$words|g" -e "s|=l|$(echo "$words" | sed 's/ /\\\\n/g')|g"
	)")
}

find_file() {
	path=$root${1#*=}
	case $1 in
		block=*)
			path=$(readlink -f "$path")
			held=$(sed -n "${block}p" "$path")
			;;
		*) held=$(cat "$path") ;;
	esac
}

replace_file() {
	[ -L "$1.zz-new" ] || sync "$1.zz-new" || return 1
	mv -f "$1.zz-new" "$1" &&
		sync "${1%/*}"
}

write_text() {
	[ ! -d "$1" ] &&
		mkdir -p "${1%/*}" &&
		printf '%s\n' "$2" >"$1.zz-new" &&
		[ "$(cat "$1.zz-new")" = "$2" ] &&
		replace_file "$1"
}

write_block() {
	[ "$(grep -c "^$mark {" "$1")" = "$(grep -c "^$mark }" "$1")" ] &&
		cp -a "$1" "$1.zz-new" &&
		sed "${block}d" "$1" >"$1.zz-new" &&
		[ "$(cat "$1.zz-new")" = "$(sed "${block}d" "$1")" ] || return 1
	if [ "$2" ]; then
		[ ! "$(tail -c 1 "$1.zz-new")" ] || echo >>"$1.zz-new"
		printf '%s\n' "$2" >>"$1.zz-new"
	fi
	[ "$(sed -n "${block}p" "$1.zz-new")" = "$2" ] &&
		replace_file "$1"
}

holds() {
	[ -L "$1" ] || [ "$(cat "$1")" ] || { [ -f "$1" ] && [ ! "$old_copies" ]; }
}

become() {
	if holds "$2"; then
		[ ! -d "$1" ] || [ -L "$1" ] || return 1
		mkdir -p "${1%/*}" &&
			cp -a "$2" "$1.zz-new" &&
			replace_file "$1"
	else
		rm -f "$1" &&
			[ ! -e "$1" ] &&
			sync "${1%/*}"
	fi
}

is_copy() {
	[ "$(readlink "$1")" = "$(readlink "$2")" ] &&
		[ "$(cat "$1")" = "$(cat "$2")" ] || return 1
	if holds "$2"; then
		[ -f "$1" ] || [ -L "$1" ]
	else
		[ ! -f "$1" ]
	fi
}

change_file() {
	local path held text="$3" after="${3:+as planned}"
	find_file "$1"
	cause="$path cannot be changed"
	rm -f "$path.zz-new"
	[ ! "$old_copies" ] || rm -f "$path.new"
	case $1:$text in
		block=*)
			text=${text:-$(cat "$2")}
			[ "$held" != "$text" ] || return 0
			write_block "$path" "$text" || return 1
			;;
		*:)
			! is_copy "$path" "$2" || return 0
			become "$path" "$2" || return 1
			;;
		*)
			[ "$held" != "$text" ] || return 0
			case "$owned " in
				*" $1 "*) ;;
				*)
					rm -rf "$folder/originals${1#*=}"
					[ ! -f "$path" ] && [ ! -L "$path" ] || become "$folder/originals${1#*=}" "$path" || return 1
					;;
			esac
			write_text "$path" "$text" || return 1
			;;
	esac
	audit "${1#*=}" "${held:+other content}" "${after:-as before}"
}

seal() {
	rm -f "$1.zz-new"
	write_text "$1" "$2$newline$(echo "$2" | md5sum)" || no_room
}

unseal() {
	record=''
	[ -e "$1" ] || return 0
	record=$(sed '$d' "$1")
	[ "$(cat "$1")" != "$record$newline$(echo "$record" | md5sum)" ] || return 0
	record=''
	return 1
}

files_of_0_1_0() {
	local name=zz-pulumi-conntrack last="block=$shared_file"
	[ "$shared_file" ] || last=file=/etc/modprobe.d/$name.conf
	echo " file=/etc/sysctl.d/$name.conf file=/etc/udev/rules.d/$name.rules file=/etc/modules-load.d/$name.conf $last"
}

read_journal() {
	local word
	unseal "$folder/journal" || damaged=1
	journal=$record
	set -- $journal
	if [ ! "$1" ]; then
		for word in $(files_of_0_1_0) block=/etc/modprobe.conf block=/etc/modules.conf; do
			! grep -q "^$mark" "$root${word#*=}" || damaged=1
		done
		[ "$damaged" ] || return 0
		warn journal-damaged
		owned=$(files_of_0_1_0)
		return 0
	fi
	journal_owner=${1#2:}
	[ $mode = apply ] || use_module "$2"
	[ "$journal_owner" != "$1" ] || owned=$(files_of_0_1_0)
	shift 2
	for word; do
		case $word in
			file=* | block=*) owned="$owned $word" ;;
			script=*) ;;
			*) journal_values="$journal_values $word" ;;
		esac
	done
}

audit() {
	local line
	line="$(id -un) (login $(sed s/4294967295/unknown/ /proc/self/loginuid)) $token $1: $2 -> $3"
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $line" >>"$folder/audit"
	[ "$root" ] || logger -t pulumi-conntrack "$line" >/dev/null 3>&- &
}

tick() {
	sleep 1 3>&-
	ticks=$((ticks - 1))
	[ $ticks != 0 ]
}

is_alive() {
	set -- $1
	[ "$3" = "$boot" ] && [ "$2" = "$(started "$1")" ]
}

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

enter() {
	take_lock || fail lock "$folder ${holder:+is held by }${holder:-cannot be locked}" 'wait, be root, make room or remove it'
	trap 'fail time "$limitSeconds s over" "raise limitSeconds"' USR1
	trap 'fail stop "a SIGTERM came" "run it again"' TERM
	watch >/dev/null &
	watchdog=$!
	recover || fail recover "$cause" "see $folder"
}

watch() {
	local self parent
	trap '' TERM USR1
	ticks=$limitSeconds
	while
		read -r self _ _ parent _ </proc/self/stat
		[ "$parent" = $$ ]
	do
		tick
		case $ticks in
			0)
				kill -STOP $$
				kill -9 $(descendants "$self")
				kill -USR1 $$
				kill -CONT $$
				;;
			-30) kill -9 $$ $(descendants "$self") ;;
		esac
	done
	echo 'watchdog: the run was killed: run it again, what it began is put back' >&3
	exec 3>&-
	take_lock || exit 1
	recover
	clean_up
}

clean_up() {
	tail -n 100 "$folder/audit" >"$transaction/audit" && mv -f "$transaction/audit" "$folder/audit"
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

put() {
	local key="${1%%=*}" want="${1#*=}" before
	read_live "$key"
	before=$value
	[ "$want" ] && [ "$before" != "$want" ] || return 0
	if [ "$undoing" ] && [ ! -e "$live_path" ]; then
		warn "not-put-back:$key"
		return 0
	fi
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

raise() {
	local want="${1#*=}"
	read_live "${1%%=*}"
	[ "${want:-0}" -le "${value:-0}" ] || put "$1"
}

wait_for_room() {
	read_live max
	[ ! "$undoing" ] && [ "${1:-$value}" != "$value" ] || return 0
	ticks=$waitSeconds
	while is_crowded "$1"; do
		cause="$entries entries stay above 0.8 of max=$1"
		tick || return 1
	done
}

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

copy_aside() {
	local path held
	find_file "$1"
	case $1 in
		block=*) write_text "$2" "$held" ;;
		*) become "$2" "$path" ;;
	esac
}

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

transact() {
	[ "$running" ] || begin 0
	[ ! "$1" ] || seal "$folder/journal" "$1"
	set_values $targets || fail set "$cause" 'see dmesg, is it writable?'
	persist || fail persist "$cause" 'make it writable'
	[ "$1" ] || rm -f "$folder/journal"
	trap '' TERM USR1
	rm "$transaction/values" || no_room
	running=''
}

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
		[ "$work" = "$transaction" ] || files=$(files_of_0_1_0) old_copies=1
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
		holds "$work/1" || order=$(reversed $order)
		for word in $order $((number + 1)):$journal_file; do
			change_file "${word#*:}" "$work/${word%%:*}" || undo_failed=1
		done
		undoing='' old_copies=''
	else
		warn journal-damaged
	fi
	[ ! "$undo_failed" ] && rm "$work/values" && running=''
}

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

json_list() {
	sed -e '/^$/d' -e 's/[^A-Za-z0-9_.,:=/-]/?/g' -e 's/.*/,"&"/' | tr -d '\n' | cut -c2-
}

json_text() {
	tr -s '\042\047\134\n\t' ' ' <"$1" | sed 's/ *$//'
}

list_surroundings() (
	set +f
	cd "$root/" || exit
	echo "${users:+modules:$users}" | tr ' ' ,
	echo "$processes" | sed 's/^[0-9]* /process:/' |
		grep -xE 'process:(dockerd|kube(-proxy|lite)|k3s.*|libvirtd|virtnetworkd|firewalld|tuned)'
	grep -h '^IP.*LOAD' etc/sysconfig/ip*
	find -L etc/nft* etc/ip* etc/ufw etc/sys* etc/mod* etc/rc.local run/sysctl.d usr/lib/sysctl.d \
		usr/local/lib/sysctl.d lib/sysctl.d -type f -print0 |
		xargs -0 grep -liE '^[^#]*(ct ?state|-m state|masquerade|(\*|type )nat|MODULES=.*(conntrack|nat))|^.._(conntrack|nat)|^[^# ].*(hashsize|conntrack_(max|buckets|.*timeout))' |
		sed 's|^|/|'
)

answer() {
	local key text="$1"
	for key in insert_failed drop early_drop chainlength; do
		value=$(awk -v k=$key 'NR == 1 { for (i = NF; i && $i != k; i--); next } i { printf "+0x%s", $i }' "$proc/$stats")
		[ ! "$value" ] || text="$text'$key':$(($value)),"
	done
	echo "@@pulumi-conntrack@@ {'command':'$mode','script':'$script','presence':'$presence','kernel':'$kernel','memTotalKiB':$(memory_of MemTotal),'entries':$entries,$text'settings':$(live_values $keys ${module}_acct ${module}_timestamp ${module}_events),'found':[$(list_surroundings | json_list)],'warnings':[$(printf '%s\n' $warnings | json_list)]}" | tr \' '"'
}

can_set() {
	[ "$1" != buckets ] || [ "$hashsize" = live ]
}

plan_values() {
	local word key
	journal_new=''
	for word in $settings; do
		key=${word%%=*}
		read_live "$key"
		if can_set "$key"; then
			[ "$value" ] || [ ! "$live" ] || refuse "no $key here" 'leave it out'
			value_in "$journal_values" "$key"
			[ ! "$found$damaged" ] || value=${found%:*}
			journal_new="$journal_new $key=$value:${word#*=}"
			targets="$targets $word"
		else
			[ "$value" = "${word#*=}" ] || warn buckets-next-load
		fi
	done
}

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

main "$@" </dev/null
