# Processes. Nothing that a process of another user can write (its name, its arguments) decides or delays anything.
# Lists come through xargs, because they may be longer than the arguments of one program may be.

# process_files PROC NAME: the file /proc/PID/NAME of every process.
process_files() {
	ls "$1" | sed -n "s|^[0-9][0-9]*\$|$1/&/$2|p"
}

# status_lines PROC KEYS: "PID, KEY:, value ..." of every process, between tabs. The kernel writes each on one line,
# whatever is in a name.
status_lines() {
	process_files "$1" status |
		xargs grep -sE "^($2):" /dev/null |
		sed "s|^$1/\([0-9]*\)/status:|\1$tab|"
}

# Sets processes: a line "PID NAME" for each process of root.
list_processes() {
	processes=$(status_lines "$proc" 'Name|Uid' | awk -F "$tab" '
		$2 == "Name:" { name = $3 }
		$2 == "Uid:" && $3 $4 $5 == "000" { print $1, name }
	')
	# A list without ourselves is none.
	[ "$root" ] || [ "$(id -u)" != 0 ] || echo "$processes" | grep -q "^$$ " ||
		refuse 'processes cannot be listed' 'mount /proc'
}

# Every descendant of this shell, but not the process $1 and its own.
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

# started PID: the start time of a process that lives. With its number and the boot it is a name that is never used again.
started() {
	local text
	text=$(cat "/proc/$1/stat") || return 1
	set -- ${text##*) }
	[ "$1" != Z ] && echo "${20}"
}
