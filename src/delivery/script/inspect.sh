# Facts and verify, appended to common.sh. They only read.

_differs() {
  _drift="$_drift${_drift:+,}{\"key\":\"$1\",\"planned\":\"$2\",\"found\":\"$3\"}"
}

_compare() {
  _same "$@" && return
  _value='other content'
  [ "$(_have $1)" ] || _value=
  _differs ${1#$_root} "${2:+content of the plan}" "$_value"
}

verify() {
  _paths $a_module
  _look
  _count
  _drift=
  [ "$_live" ] && for _word in $_settings; do
    _get $_word
    case $_key$a_hashsize in b*o*) continue ;; esac
    [ "$_value" = $_want ] || _differs $_key $_want "$_value"
  done
  _plan
  _each _compare
  _answer "\"changed\":false,\"previous\":{},\"drift\":[$_drift],"
  echo "$_text"
}

# A text of the kernel as the inside of a JSON string.
_quoted() {
  tr -d '"\\' <$1 | tr -s '\n\t' '  ' | sed 's/ *$//'
}

facts() {
  _paths ip_conntrack
  _look
  # The newer module, unless only the old one is there.
  if [ -e $_proc/sys/net/netfilter/nf_conntrack_max ] || [ ! "$_live" ] && ! grep -q "/$_module\.k*o" $_root/lib/modules/$_kernel/modules.dep; then
    _paths nf_conntrack
    _look
  fi
  [ "$_live" ] || grep -q "/$_module\.k*o" $_root/lib/modules/$_kernel/modules.dep || _presence=absent
  _count
  _keys='max buckets'
  for _file in $_sysctl/*timeout*; do
    [ ! -e $_file ] || _keys="$_keys ${_file##*/}"
  done
  _version=$(_quoted $_proc/version_signature)
  _page=$(awk '/^KernelPageSize/{print $2*1024;exit}' $_proc/self/smaps || getconf PAGESIZE)
  _cores=$(grep -cE '^(processor|cpu)[0-9 	]*:' $_proc/cpuinfo)
  _answer "\"module\":\"$_module\",\"arch\":\"$(uname -m)\",\"unameVersion\":\"$(_quoted $_proc/sys/kernel/version)\",${_version:+\"versionSignature\":\"$_version\",}${LowTotal:+\"lowTotalKiB\":$LowTotal,}${_page:+\"pageSizeBytes\":$_page,}\"cores\":${_cores:-1},"
  echo "$_text"
}

_die() {
  echo "$1: $2: $3" >&3
  exit 1
}

main "$@" </dev/null
