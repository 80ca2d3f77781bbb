# Records in our folder.
#
#   journal      owner, module, KEY=ORIGINAL:OURS for each value, a word for each file of ours, and a checksum
#   originals/   what stood in the place of our files before us
#   transaction/ while a run is at work: the record `values`, whose presence says so, and numbered copies of our files
#   undo/        the same of the script of 0.1.0
#   audit        the last hundred changes, one a line
#   lock         a link that names the run at work
#
# The first word of a journal begins with 2: so that the script of 0.1.0 takes it for somebody else's.

# seal PATH TEXT: a sealed file ends with the checksum of its words.
seal() {
	rm -f "$1.new"
	write_text "$1" "$2$newline$(echo "$2" | md5sum)" || no_room
}

# unseal PATH: sets record; false where the file is damaged, and then it is not trusted. A missing one has no words.
unseal() {
	record=''
	[ -e "$1" ] || return 0
	record=$(sed '$d' "$1")
	[ "$(cat "$1")" != "$record$newline$(echo "$record" | md5sum)" ] || return 0
	record=''
	return 1
}

# The files of ours on a host that the script of 0.1.0 has tuned; later journals name them. A blank before each, as
# `owned` has it.
files_of_0_1_0() {
	local name=zz-pulumi-conntrack last="block=$shared_file"
	[ "$shared_file" ] || last=file=/etc/modprobe.d/$name.conf
	echo " file=/etc/sysctl.d/$name.conf file=/etc/udev/rules.d/$name.rules file=/etc/modules-load.d/$name.conf $last"
}

# Reads the journal: sets journal, journal_owner, journal_values, owned and damaged. Our mark in a file without a
# journal is a damaged journal as well: what it held is lost, and what we find on the host may be our own.
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

# audit WHAT FROM TO: one line for each change. Who: the user whom the kernel remembers from the login, where it does.
audit() {
	local line
	line="$(id -un) (login $(sed s/4294967295/unknown/ /proc/self/loginuid)) $token $1: $2 -> $3"
	echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $line" >>"$folder/audit"
	# A run below a root prefix is a test: this machine's log is not its.
	[ "$root" ] || logger -t pulumi-conntrack "$line"
}
