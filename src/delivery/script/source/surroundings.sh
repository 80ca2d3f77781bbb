# shellcheck shell=dash disable=SC2004,SC2086,SC2046,SC2005,SC2010,SC2012,SC2013,SC2015,SC2030,SC2031
# Its lists are words between blanks, which are split on purpose and never become names of files (set -f); the names
# that `ls` lists are numbers, or our own; in `a && b || c` also a failing b shall lead to c.
#
# The pulumi-conntrack host script: sets connection tracking on this host as one transaction, or only reads it.
#
# It comes on the standard input of `sh -s -- MODE word ...` and runs as root. It is the same text for every host; what
# a host shall hold is in the words. It runs alike under dash, busybox ash and bash, down to the tools of RHEL 5. What is
# shipped are these files, one after the other, less their comment lines; docs/host-script.md tells what it reads and
# writes, in which order, and how to undo it by hand.
#
# A function that finds something sets the variables that its comment names. Nothing calls `fail` in a subshell, because
# there it would end the subshell only. A bare `return` is never used: in the functions of a trap, bash would return the
# status of the command before the trap.

# Programs write no errors of their own; what a person shall read goes to 3.
exec 3>&2 2>/dev/null
umask 022
# No word becomes a list of files; the one function that lists files switches that on in a subshell.
set -f +euC
IFS=' 	
'
LC_ALL=C
export LC_ALL PATH
unset GREP_OPTIONS POSIXLY_CORRECT QUOTING_STYLE
# The root prefix of tests. No other variable of the login counts, PATH included.
root=${CONNTRACK_ROOT-}
[ "$root" ] || PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin

proc=$root/proc
# Where each of the two modules has its max.
old_max=$proc/sys/net/ipv4/ip_conntrack_max
new_max=$proc/sys/net/netfilter/nf_conntrack_max
folder=$root/var/lib/pulumi-conntrack
transaction=$folder/transaction
journal_file=file=/var/lib/pulumi-conntrack/journal
newline='
'
tab='	'
# Our mark in files; in a file of others, our lines stand between the two marks.
mark='# pulumi-conntrack'
block="/^$mark {/,/^$mark }/"
boot=$(cat "$proc/sys/kernel/random/boot_id")
kernel=$(cat "$proc/sys/kernel/osrelease")

# From the words.
token='' script='' module='' writable='' hashsize='' chainLimit='' loadModule='' allowShrink='' adopt='' settings='' target=''
minRamKiB=0 minLowKiB=0 tableKiB=0 limitSeconds=120 waitSeconds=30
# From the host.
journal='' journal_owner='' journal_values='' owned='' damaged=''
# From the run.
warnings='' cause='' changed='' previous='{}' keys='' targets='' planned='' watchdog='' running='' undoing='' old_copies=''

# Nobody reads the answer of a restore: Pulumi runs it when the program has nothing to say any more.
warn() {
	warnings="$warnings $1"
	[ $mode != restore ] || echo "warning: $1" >&3
}

# fail STEP CAUSE REMEDY: ends the run; what it had begun is put back first.
# Exits 1 where nothing was changed, 3 where all was put back, 4 where not all could be.
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
	# Paths in it may be anybody's.
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

# Without one of these a check could not be made, and would pass.
require_tools() {
	local tool
	# Bash takes functions from its environment, in the place of programs.
	[ "$root" ] || case $(command env) in *BASH_FUNC_*) refuse 'bash exports functions' 'unset them' ;; esac
	for tool in awk cat cp cut date find grep head id ln ls md5sum mkdir mv readlink rm rmdir sed sleep sort sync tail tr uname wc xargs; do
		command -v $tool >/dev/null || refuse "$tool is missing" 'install it'
	done
}
