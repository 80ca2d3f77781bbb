# Apply and restore, appended to transaction.sh: they end as before or as planned wherever they are killed.

# Lets go of the keys of the journal that are not among the words: back to the original, unless someone changed them.
_release() {
  for _word in ${_journal#* * }; do
    _get $_word
    case $_settings in *" $_key="*) continue ;; esac
    _keys="$_keys $_key"
    case $_value in
      '' | ${_want%:*}) ;;
      ${_want#*:})
        [ "${_want%:*}" ] && _targets="$_targets $_key=${_want%:*}" || _warnings="$_warnings restored-unknown:$_key"
        ;;
      *) _warnings="$_warnings changed-since:$_key" ;;
    esac
  done
  _previous=$(_values $_keys)
}

# _transact JOURNAL: live values are proven before anything is persisted.
_transact() {
  [ -e undo/values ] || _begin 0
  [ "$1" ] && _seal ./journal "$1"
  _set $_targets || _die set "$_cause" 'see dmesg, is it writable?'
  _each _keep || _die persist "$_cause" 'make it writable'
  [ "$1" ] || rm -f ./journal
  _commit
}

_finish() {
  _count
  _answer "\"changed\":${_changed:-false},\"previous\":$_previous,"
  _leave
  echo "$_text"
}

apply() {
  _enter
  _paths $a_module
  _look
  # What cannot go well is refused before anything is written.
  [ -e $_proc/sys/net/core/netdev_max_backlog ] || _die look 'not the initial network namespace' 'tune its host'
  for _file in $(grep -lx 'Name:.kube-proxy' $_proc/[0-9]*/status); do
    _value=$(tr \\0 \\n <${_file%/*}/cmdline | sed -n 's/^--config=//p')
    [ $(tr \\0 \\n <${_file%/*}/${_value:+root}${_value:-cmdline} | grep -ciE '(core|ished|wait)(timeout)?[=:] *"?0s?"?$') -ge 3 ] || _die look 'kube-proxy sets these' 'set its conntrack values to 0'
  done
  _value=${LowTotal:-$MemTotal}
  [ $MemTotal -ge $a_minRamKiB ] && [ $_value -ge $a_minLowKiB ] || _die look "RAM $MemTotal, low $_value KiB must reach $a_minRamKiB, $a_minLowKiB" 'correct memoryMiB or lower max'
  # What a kernel of another era would show: another module's table (for a while the new module kept the old names as
  # well, and the true one is the last), no such module to load, buckets with other rights, other statistics.
  _value=$(ls $_proc/sys/net/*/*k_max)
  case ${_value##*/},$_module${_live:-$(grep -L /$_module.k*o $_root/lib/modules/$_kernel/modules.dep)},$(ls -l $_sysctl/${_module}_buckets | cut -c3)$a_writable,$(grep -c chainl $_proc/net/stat/$_module)$a_chainLimit in
    i*,n* | n*,i* | *dep,* | *,w,* | *,-1,* | *,10 | *,01) _die look "kernel $_kernel is not of that era" 'correct facts.kernel' ;;
  esac
  _changed=
  [ ! "$a_loadModule" ] || [ "$_live" ] || {
    _changed=true
    _begin 1
    modprobe $_module
    _look
    _begin 1
    [ "$_live" ] || _die load "modprobe $_module failed" 'try it'
  }
  _damaged=
  _unseal ./journal || _damaged=1
  set -- $_journal
  [ ${1-$a_token} = $a_token ] || _die journal "the host belongs to $1" 'destroy that first'
  for _word in ${_journal#* * }; do eval "j_$_word"; done
  _new="$a_token $_module"
  for _word in $_settings; do
    _get $_word
    case $_key$a_hashsize in
      # Buckets at load only, or never (none).
      b*o*)
        [ "$_value" = $a_buckets ] || _warnings="$_warnings buckets-next-load"
        continue
        ;;
    esac
    [ "$_value" ] || [ ! "$_live" ] || _die look "no $_key here" 'leave it out'
    # What a damaged journal held is lost: what we find then may be our own.
    eval "_old=\$j_$_key"
    [ ! "$_old$_damaged" ] || _value=${_old%:*}
    _new="$_new $_key=$_value:$_want"
    _targets="$_targets $_word"
  done
  _release
  [ "$_live" ] && {
    _get max
    [ "$a_allowShrink" ] || { ! _crowded $a_max && [ $_value -le $a_max -o $_value = "${j_max#*:}" ]; } || _die look "max $_value with $_entries entries cannot become $a_max" 'raise max or set allowShrink'
    _get buckets
    [ $a_hashsize$_value = live$a_buckets ] || for _value in ${MemAvailable:-$((MemFree+Cached))} $LowFree ${VmallocTotal:+$((VmallocTotal-VmallocUsed))}; do
      [ $((a_tableKiB*4)) -le $_value ] || _die look "table of $a_tableKiB KiB exceeds a quarter of $_value free" 'lower buckets'
    done
  } || _targets=
  for _word in $_targets; do
    _get $_word
    [ "$_value" = $_want ] || _changed=true
  done
  _plan
  [ "$_journal" = "$_new" ] && _each _same || _changed=true
  [ $_changed ] && _transact "$_new"
  _finish
}

restore() {
  _enter
  _paths nf_conntrack
  _changed= _previous={}
  _unseal ./journal
  set -- $_journal
  case $1 in
    '') ;;
    $a_token) _paths $2; _changed=true ;;
    *) _warnings="$_warnings token-foreign:$1" ;;
  esac
  _look
  [ $_changed ] && {
    _release
    _transact
  }
  _finish
}

main "$@" </dev/null
