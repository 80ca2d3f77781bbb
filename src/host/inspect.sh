# Facts and verify, appended to common.sh. They only read.

# Adds {"key","planned","found"} to $d.
differs() {
  d="$d${d:+,}{\"key\":\"$1\",\"planned\":\"$2\",\"found\":\"$3\"}"
}

compare_file() {
  same "$@" || {
    a='other content'
    [ "$(have $1)" ] || a=
    differs ${1#$R} "${2:+content of the plan}" "$a"
  }
}

verify() {
  paths $a_module
  presence
  memory
  d= before={}
  if [ "$A" ]; then
    count
    for a; do
      get ${a%%=*}
      [ "$v" = ${a#*=} ] || [ $a_hashsize${a%%=*} = loadbuckets ] || differs ${a%%=*} ${a#*=} "$v"
    done
  else
    w="$w not-loaded:$M"
  fi
  plan "$@"
  each compare_file
  answer $([ $A ] && echo active || echo inactive) "\"changed\":false,\"previous\":{},\"drift\":[$d],\"warnings\":[$(for a in $w; do echo $a; done | list)],"
}

# Text of the kernel as the inside of a JSON string.
text() {
  tr -d '"\\' <$1 | tr '\n\t' '  ' | sed 's/ *$//'
}

facts() {
  paths ip_conntrack
  presence
  [ "$A$N" = notLoaded ] || [ "$A" ] && [ ! -e $P/sys/net/netfilter/nf_conntrack_max ] || {
    paths nf_conntrack
    presence
  }
  memory
  K='max buckets'
  for a in $D/*timeout*; do
    [ ! -e $a ] || K="$K ${a##*/}"
  done
  [ ! "$A" ] || count
  l=$(sed -n 's/^LowTotal: *\([0-9]*\).*/\1/p' $P/meminfo)
  p=$(awk '/^KernelPageSize/{print $2*1024;exit}' $P/self/smaps)
  s=$(text $P/version_signature)
  answer '' "\"module\":\"$M\",\"arch\":\"$(uname -m)\",\"unameVersion\":\"$(text $P/sys/kernel/version)\",${s:+\"versionSignature\":\"$s\",}${l:+\"lowTotalKiB\":$l,}${p:+\"pageSizeBytes\":$p,}\"cores\":$(grep -cE '^(processor|cpu)[0-9 	]*:' $P/cpuinfo),"
}

# answer STATUS MEMBERS
answer() {
  echo "@@pulumi-conntrack@@ {\"command\":\"$command\",${1:+\"status\":\"$1\",}$2$(report)}"
}

main() {
  case $1 in
    facts | verify) dispatch "$@" ;;
    *) usage "'$1' is no command" ;;
  esac
}
main "$@" </dev/null
