# Files: what they shall hold, and how one replaces another. A file is named by a word: file=PATH is ours alone, of
# block=PATH only the lines between our marks are. Paths are those of the host, without the root prefix of tests.

# The values as sysctl takes them, one a line.
assignments() {
	local word
	for word in $settings; do
		read_live "${word%%=*}"
		case $word in
			buckets=*)
				# Older kernels show their buckets there and take none.
				[ "$writable" ] || continue
				live_path=$sysctls/${module}_buckets
				;;
		esac
		echo "${live_path#"$proc/sys/"}=${word#*=}"
	done | tr / .
}

# Picks from the target what is for the state of the module: sets planned.
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

# plan_text FILE: sets text to what the file shall hold.
# In a line, =OOO is the byte with this octal number, =b the buckets, =s all assignments, =l one line for each of them.
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

# find_file FILE: sets path to where it really is (that of others may be a link) and held to what it holds of ours.
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

# Puts PATH.zz-new in the place of PATH by rename, so that it is the old or the new one, never half, and makes that last
# through a power cut. Old tools know no operand of sync and write everything out, which is as good.
replace_file() {
	[ -L "$1.zz-new" ] || sync "$1.zz-new" || return 1
	mv -f "$1.zz-new" "$1" &&
		sync "${1%/*}"
}

# write_text PATH TEXT: reading it back catches a full disk.
write_text() {
	[ ! -d "$1" ] &&
		mkdir -p "${1%/*}" &&
		printf '%s\n' "$2" >"$1.zz-new" &&
		[ "$(cat "$1.zz-new")" = "$2" ] &&
		replace_file "$1"
}

# write_block PATH TEXT: in a file of others, which keeps its mode and its owner.
write_block() {
	# Where the end of our lines is lost, those of others would go with them.
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

# True where a copy stands for a file. 0.1.0 kept an empty one where there was none.
holds() {
	[ -L "$1" ] || [ "$(cat "$1")" ] || { [ -f "$1" ] && [ ! "$old_copies" ]; }
}

# become PATH COPY: a copy has mode, owner and links of what it was made of.
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

# is_copy PATH COPY: true where it has become so already.
is_copy() {
	[ "$(readlink "$1")" = "$(readlink "$2")" ] &&
		[ "$(cat "$1")" = "$(cat "$2")" ] || return 1
	if holds "$2"; then
		[ -f "$1" ] || [ -L "$1" ]
	else
		[ ! -f "$1" ]
	fi
}

# change_file FILE COPY [TEXT]: makes it hold the text, or else become the copy. Of a file of others only our lines
# change. What stands in the place of our file before we are there is kept, to come back when we go.
change_file() {
	local path held text="$3" after="${3:+as planned}"
	find_file "$1"
	cause="$path cannot be changed"
	# What a run that died had begun to write.
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
