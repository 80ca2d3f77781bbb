# Apply and restore, appended to common.sh: one transaction each, which ends as before or as planned wherever it is
# killed.

# Replaces a file by rename, so that it is the old or the new one, never half. Reading it back catches a full disk.
save() {
  c=$2
  case $1 in
    */mod*s.conf | */modprobe.conf) c=$(sed "/^$m {/,/^$m }/d" $1)${2:+$n$2} ;;
  esac
  [ ! -d $1 ] && mkdir -p ${1%/*} && {
    printf '%s\n' "$c" | dd conv=fsync of=$1.new || printf '%s\n' "$c" >$1.new
    [ "$(cat $1.new)" = "$c" ]
  } && mv -f $1.new $1 && return
  rm -f $1.new
  false
}

# Makes a file hold the text, and lets go of it where the text is empty.
keep() {
  rm -f $1.new
  same "$@" && return
  case $2$1 in
    */mod*s.conf | */modprobe.conf | [!/]*) save $1 "$2" ;;
    *) rm -f $1; [ ! -e $1 ] ;;
  esac || { q="$1 cannot be written"; false; }
}

# A sealed file ends with the checksum of its words; unseal answers 1 for a missing file and 2 for a damaged one.
seal() {
  save $1 "$2${n}sum=$(echo "$2" | md5sum)"
}
unseal() {
  J=
  [ -e $1 ] || return 1
  J=$(sed '$d' $1)
  [ "$(tail -n 1 $1)" = "sum=$(echo "$J" | md5sum)" ] || { J=; return 2; }
}

# Sets one value, unless it is there already: a resize to the same size may cost a full pass over the table.
put() {
  [ "$2" ] || return 0
  get $1
  [ "$v" = $2 ] && return
  echo $2 >$f || [ $1 != buckets ] || echo $2 >$D/${M}_buckets
  get $1
  [ "$v" = $2 ] || { q="$1 reads ${v:-nothing} after $2 was written"; false; }
}

grow() {
  get $1
  [ ${2:-0} -le ${v:-0} ] || put $1 $2
}

# Waits until every namespace holds less than 0.8 of a smaller max $x; putting back ($y) does not wait.
drain() {
  get max
  [ "$y" ] || [ "${v:-0}" -le ${x:-0} ] && return
  i=${a_waitSeconds:-30}
  while count; [ $((e * 5)) -gt $((x * 4)) ]; do
    [ $i -gt 0 ] || { q="$e entries stay above 0.8 x max $x"; return 1; }
    sleep 1
    i=$((i - 1))
  done
}

# Sets key=value ... : the table and max grow first and shrink last.
set_live() {
  b= x= t=
  for a; do
    case $a in
      buckets=*) b=${a#*=} ;;
      max=*) x=${a#*=} ;;
      *) t="$t $a" ;;
    esac
  done
  grow buckets $b && grow max $x || return
  for a in $t; do put ${a%%=*} ${a#*=} || return; done
  [ ! "$x" ] || drain && put max $x && put buckets $b
}

# Start time of a process: with its number and the boot it is a name that is never used again.
born() {
  read -r s </proc/$1/stat || return
  set -- ${s##*) }
  echo ${20}
}

lock() {
  read -r me s </proc/self/stat
  o="$me $(born $me) $B"
  i=30
  mkdir -p $V
  until echo "$o" >$V/lock.$me && ln $V/lock.$me $V/lock; do
    [ $i -gt 0 ] || return
    i=$((i - 1))
    s=$(cat $V/lock)
    set -- $s
    if [ "$s" ] && { [ "$3" != "$B" ] || [ "$(born $1)" != $2 ]; }; then
      # Its owner is gone. Two runs may find that at once: what was moved away must be what was judged.
      mv $V/lock $V/old.$me && { [ "$(cat $V/old.$me)" = "$s" ] || ln $V/old.$me $V/lock; }
    else
      sleep 1
    fi
  done
  rm -f $V/*.[0-9]*
}

unlock() {
  rm -f $V/lock
  rmdir $V
}

# Watches this shell: ends it at the time limit, and puts things back in its stead when it was killed.
guard() {
  (
    trap '' TERM INT
    i=${a_limitSeconds:-120}
    while read -r s s s p s </proc/self/stat; [ $p = $$ ]; do
      sleep 1
      i=$((i - 1))
      case $i in
        0)
          k=
          for p in /proc/[0-9]*/stat; do read -r a s s q s <$p && [ $q = $$ ] && k="$k $a"; done
          kill $$ $k
          ;;
        -60) kill -9 $$ ;;
      esac
    done
    lock && recover
    unlock
  ) >/dev/null 3>&- &
  G=$!
}

finish() {
  [ ! "$G" ] || {
    kill -9 $G
    wait $G
    unlock
  }
}

# die STEP CAUSE REMEDY
die() {
  trap '' TERM INT
  z=1
  if [ "$G" ] && [ -e $V/undo/values ]; then
    z=3
    recover || { z=4; set -- "$1" "$2; not all could be put back" "$3"; }
  fi
  finish
  echo "$1: $2: $3" >&3
  exit $z
}

# Begins a transaction: copies of the files, then the live values, whose presence says that it runs.
begin() {
  rm -rf $V/undo
  o="boot=$B module=$M loaded=$loaded"
  for i in 1 2 3 4; do eval "f=\$F$i"; save $V/undo/$i "$(have $f)" || break; done && save $V/undo/5 "$(cat $V/journal)" && {
    for k in $K; do
      get $k
      [ ! "$v" ] || o="$o $k=$v"
    done
    seal $V/undo/values "$o"
  } || die journal "$V cannot be written" 'make room there'
}

# Ends the transaction of a run that failed or was killed: all as before. Live values belong to one boot only.
recover() {
  [ -e $V/undo/values ] || return 0
  y=1
  if unseal $V/undo/values; then
    set -- $J
    paths ${2#*=}
    s=0
    if [ $1 = boot=$B ]; then
      l=$3
      shift 3
      set_live "$@" || s=1
      [ $l = loaded= ] || modprobe -r $M
    fi
    for i in 1 2 3 4 5; do eval "c$i=\$(cat $V/undo/$i)"; done
    each keep && keep $V/journal "$c5" && [ $s = 0 ] || return
  else
    w="$w journal-damaged"
  fi
  y= c1= c2= c3= c4=
  commit
}

commit() {
  rm -f $V/undo/values && rm -rf $V/undo
}

enter() {
  lock || die lock "$V cannot be written, or process $s is at work" 'wait, or free the folder'
  guard
  trap 'die time "not done within the limit" "raise limitSeconds"' TERM INT
  [ ! -e $V/undo/values ] || w="$w recovered"
  recover || die recover 'what an earlier run left cannot be put back' "look at $V/undo"
}

# Refuses what cannot go well, before anything is written.
look() {
  [ -e $P/sys/net/core/netdev_max_backlog ] || die look 'this is not the initial network namespace' 'tune the host itself'
  for p in $(grep -lx 'Name:.kube-proxy' $P/[0-9]*/status); do
    p=${p%/status}
    a=$(tr '\0' '\n' <$p/cmdline)
    c=$(echo "$a" | sed -n 's/^--config=//p')
    [ ! "$c" ] || a=$(cat $p/root$c)
    [ $(echo "$a" | grep -ciE '(max-?per-?core|established|close-?wait)(timeout)?(=|: *)"?0[smh]?"?$') -ge 3 ] || die look 'kube-proxy overwrites these values' 'set its conntrack maxPerCore to 0, both TCP timeouts to 0s'
  done
  memory
  [ $((mt * 10)) -ge $((a_memTotalKiB * 9)) ] || die look "MemTotal $mt KiB is below 90 % of the declared $a_memTotalKiB" 'correct facts.memoryMiB'
  [ $ml -ge $a_leastKiB ] || die look "the share needs $a_leastKiB KiB of memory, here are $ml" 'lower max or raise memoryShare'
  case $M$A in
    ip*) a=netfilter/nf ;;
    *1) a= ;;
    *) a=ipv4/ip ;;
  esac
  o=$a_bucketsWritable l=$a_chainLimit
  case $(ls -l $D/${M}_buckets) in
    -rw*) o=1 ;;
    -*) o= ;;
  esac
  c=$P/net/stat/$M
  [ ! -e $c ] || l=$(grep -c chainlength $c)
  [ ! -e $P/sys/net/${a}_conntrack_max ] && [ "$o$l" = "$a_bucketsWritable$a_chainLimit" ] || die look "kernel $rel is of another era than declared" 'correct facts.kernel'
}

# Lets go of the keys of the journal that are not in $1: back to the original ($r), unless someone changed them since.
release() {
  for a in ${J#* * }; do
    k=${a%%=*} a=${a#*=}
    case " $1" in *" $k="*) continue ;; esac
    K="$K $k"
    get $k
    if [ "$v" = "${a%:*}" ] || [ ! "$v" ]; then
      :
    elif [ "$v" != ${a#*:} ]; then
      w="$w changed-since:$k"
    elif [ "${a%:*}" ]; then
      r="$r $k=${a%:*}"
    else
      w="$w restored-unknown:$k"
    fi
  done
}

# answer STATUS CHANGED
answer() {
  [ ! "$A" ] || count
  s="@@pulumi-conntrack@@ {\"command\":\"$command\",\"status\":\"$1\",\"changed\":$2,\"previous\":$before,$(report),\"drift\":[],\"warnings\":[$(for a in $w; do echo $a; done | list)]}"
  finish
  echo "$s"
}

# transact JOURNAL: live values are proven before anything is persisted.
transact() {
  [ -e $V/undo/values ] || begin
  if [ "$1" ]; then seal $V/journal "$1" || die journal "$V cannot be written" 'make room there'; fi
  [ ! "$A" ] || set_live $r || die set "$q" 'see the log of the kernel'
  each keep || die persist "$q" 'make it writable'
  if [ ! "$1" ]; then rm -f $V/journal; fi
  commit
}

apply() {
  enter
  paths $a_module
  presence
  look
  loaded=
  if [ "$a_loadModule" ] && [ ! "$A" ]; then
    loaded=1
    begin
    modprobe $M
    presence
    [ "$A" ] || die load "$M cannot be loaded" "see what modprobe $M says"
  fi
  unseal $V/journal
  l=$?
  [ $l != 2 ] || w="$w journal-damaged"
  case "$J " in
    ' ' | "token=$a_token "*) ;;
    *) die journal "these settings belong to ${J%% *}" 'destroy that resource first' ;;
  esac
  j="token=$a_token module=$M" x=
  for a; do
    k=${a%%=*}
    get $k
    [ "$v" ] || [ ! "$A" ] || [ $k = buckets ] || die look "this kernel has no $k" 'leave it out'
    if [ $k$a_hashsize != bucketslive ] && [ $k = buckets ]; then
      [ "$v" = $a_buckets ] || w="$w buckets-next-load"
      continue
    fi
    o=" $J"
    case $o in
      *" $k="*) o=${o##* $k=}; o=${o%% *}; [ $k != max ] || x=${o#*:}; o=${o%:*} ;;
      *) o=$v; [ $l != 2 ] || o= ;;
    esac
    j="$j $k=$o:${a#*=}"
    r="$r $a"
  done
  release "$*"
  before=$(values $K)
  if [ "$A" ]; then
    [ "$a_allowShrink" ] || {
      count
      [ $((e * 5)) -le $((a_max * 4)) ] || die look "$e entries x 1.25 exceed max $a_max" 'raise max or set allowShrink'
      get max
      [ $v -le $a_max ] || [ $v = "$x" ] || die look "max is $v, greater than the planned $a_max" 'raise max or set allowShrink'
    }
    get buckets
    [ "$a_hashsize$v" = live$a_buckets ] || [ $((a_tableKiB * 4)) -le $ma ] || die look "the new table of $a_tableKiB KiB exceeds a quarter of the $ma KiB available" 'lower buckets'
  else
    w="$w not-loaded:$M"
  fi
  plan "$@"
  s=
  if [ "$A" ]; then
    for a in $r; do
      get ${a%%=*}
      [ "$v" = ${a#*=} ] || s=1
    done
  fi
  if [ "$J" != "$j" ] || [ $loaded$s ] || ! each same; then
    transact "$j"
    s=true
  fi
  answer $([ $A ] && echo active || echo inactive) ${s:-false}
}

restore() {
  enter
  paths nf_conntrack
  unseal $V/journal
  case $?$J in
    1) w="$w token-missing" ;;
    2*) w="$w journal-damaged" ;;
    "0token=$a_token "*)
      set -- $J
      paths ${2#*=}
      presence
      release
      before=$(values $K)
      transact
      memory
      answer restored true
      return
      ;;
    *) set -- $J; w="$w token-foreign:${1#*=}" ;;
  esac
  presence
  memory
  before={}
  answer untouched false
}

main() {
  case $1 in
    apply | restore) dispatch "$@" ;;
    *) usage "'$1' is no command" ;;
  esac
}
main "$@" </dev/null
