# The words of the command line: what this host shall hold.

bad_word() {
	fail arguments "$1" 'correct it'
}

# Every word KEY=VALUE of these keys sets the variable of that name.
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
				# The key becomes part of a path.
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

# value_in WORDS KEY: sets found to the value of the word KEY=VALUE, or to nothing.
value_in() {
	local word
	found=''
	for word in $1; do
		[ "${word%%=*}" != "$2" ] || found=${word#*=}
	done
}
