# What the host says: one line of JSON behind the marker.

# Lines on standard input to the inside of a JSON list.
json_list() {
	sed -e '/^$/d' -e 's/[^A-Za-z0-9_.,:=/-]/?/g' -e 's/.*/,"&"/' | tr -d '\n' | cut -c2-
}

# A text of the kernel as the inside of a JSON string.
json_text() {
	tr -s '\042\047\134\n\t' ' ' <"$1" | sed 's/ *$//'
}

# What loads tracking and who else sets the same keys: modules in need of ours, processes of root, what the firewall's
# service unloads and sets again, files. Our own lines begin with a blank where they stand in a file of others.
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

# answer MEMBERS: the members that every answer has come behind them. JSON is written with the quotes that need no mark
# here; nothing in it holds one. The counters are sums over all processors, of columns that are hexadecimal.
answer() {
	local key text="$1"
	for key in insert_failed drop early_drop chainlength; do
		value=$(awk -v k=$key 'NR == 1 { for (i = NF; i && $i != k; i--); next } i { printf "+0x%s", $i }' "$proc/$stats")
		[ ! "$value" ] || text="$text'$key':$(($value)),"
	done
	echo "@@pulumi-conntrack@@ {'command':'$mode','script':'$script','presence':'$presence','kernel':'$kernel','memTotalKiB':$(memory_of MemTotal),'entries':$entries,$text'settings':$(live_values $keys ${module}_acct ${module}_timestamp ${module}_events),'found':[$(list_surroundings | json_list)],'warnings':[$(printf '%s\n' $warnings | json_list)]}" | tr \' '"'
}
