# What makes a run of apply or restore a transaction, appended to common.sh: files by rename, sealed records, live values
# in the safe order, the lock, the guardian, and the way back. A return on the way back names its status: in a trap's
# functions bash would return that of the command before the trap.

# Replaces a file by rename, so that it is the old or the new one, never half, and makes that last through a power cut.
# Reading it back catches a full disk.
_save() {
  _text=$2
  [ $1 != "$_shared" ] || _text=$(sed "${_range}d" $1)${2:+$_nl$2}
  # Old tools know no operand of sync and write everything out, which is as good.
  [ ! -d $1 ] && mkdir -p ${1%/*} && printf '%s\n' "$_text" >$1.new && sync $1.new && [ "$(cat $1.new)" = "$_text" ] && mv -f $1.new $1 && sync ${1%/*}
}

# Makes a file hold the text, and lets go of it where the text is empty.
_keep() {
  _cause="$1 cannot be changed"
  rm -f $1.new
  _same "$@" || if [ "$2" -o $1 = "$_shared" ]; then _save "$@"; else rm -f $1 && [ ! -e $1 ] && sync ${1%/*}; fi
}

# A sealed file ends with the checksum of its words. A missing one has no words, and a damaged one is not trusted.
_seal() {
  _record $1 "$2$_nl$(echo "$2"|md5sum)"
}
_record() {
  _save "$@" || _die journal "$_folder cannot be written" 'make room'
}
_unseal() {
  _journal=$(sed '$d' $1)
  [ ! -e $1 ] || _same $1 "$_journal$_nl$(echo "$_journal"|md5sum)" || {
    _journal= _warnings="$_warnings journal-damaged"
    false
  }
}

# Sets one value, unless it is there already: a resize to the same size may cost a full pass over the table.
_put() {
  _get $1
  [ "${_want:-$_value}" = "$_value" ] || {
    echo $_want >$_path || [ $_key != buckets ] || echo $_want >$_sysctl/${_module}_buckets
    _get $1
    _cause="$_key stays $_value instead of $_want"
    [ "$_value" = $_want ]
  }
}

_grow() {
  _get $1
  [ ${_want:-0} -le ${_value:-0} ] || _put $1
}

# A second passes; false when the last one has.
_tick() {
  sleep 1
  _seconds=$((_seconds-1))
  [ $_seconds != 0 ]
}

# Sets key=value ... : the table and max grow first and shrink last. Before max shrinks it waits until every namespace
# holds less than 0.8 of it; putting back does not wait.
_set() {
  _buckets= _limit= _words=
  for _word; do
    case $_word in
      b*) _buckets=$_word ;;
      m*) _limit=$_word ;;
      *) _words="$_words $_word" ;;
    esac
  done
  _grow $_buckets && _grow $_limit || return 1
  for _word in $_words; do _put $_word || return 1; done
  _get max
  _seconds=${a_waitSeconds:-30}
  while [ ! "$_undoing" ] && [ "${_limit:-max=$_value}" != max=$_value ] && _crowded ${_limit#*=}; do
    _cause="$_entries entries stay above 0.8 of $_limit"
    _tick || return
  done
  _put $_limit && _put $_buckets
}

_crowded() {
  _count
  [ $((_entries*5)) -gt $(($1*4)) ]
}

# Start time of a process that lives: with its number and the boot it is a name that is never used again.
_born() {
  read -r _value </proc/$1/stat || return
  set -- ${_value##*) }
  [ $1 = Z ] || echo ${20}
}

# The lock is a symbolic link to its owner's name: it is there with its content or not at all.
_lock() {
  read -r _self _value </proc/self/stat
  _seconds=20
  until mkdir -p $_folder && cd $_folder && ln -s "$_self $(_born $_self) $_boot" lock; do
    _owner=$(readlink lock)
    set -- $_owner
    # Its owner is gone. Two runs may find that at once: what was moved away must be what was judged.
    [ "$_owner" = "$1 $(_born $1) $_boot" ] || {
      mv lock old$$
      _text=$(readlink old$$)
      [ "$_text" = "$_owner" ] || ln -s "$_text" lock
      rm old$$
    }
    _tick || return
  done
}

_unlock() {
  rm lock
  rmdir $_folder
}

# Takes the lock, lets a guardian watch this shell, and ends what an earlier run left. The guardian ends us at the time
# limit, and puts things back in our stead when we were killed.
_enter() {
  _lock || _die lock "$_folder ${_owner:+held by }${_owner:-cannot be written}" 'wait, be root or make room'
  trap '_die time "limit over" "raise limitSeconds"' TERM
  (
    trap '' TERM
    _seconds=${a_limitSeconds:-120}
    while read -r _word _word _word _parent _word </proc/self/stat; [ $_parent = $$ ]; do
      _tick
      case $_seconds in
        # Stopped, it starts no child between the death of the one that hangs and its own end. The list is read with
        # cat: awk gives up at the first process that has gone meanwhile.
        0) kill -STOP $$; kill $(cat /proc/[0-9]*/stat | awk '$4=='$$'{print $1}') $$; kill -CONT $$ ;;
        -30) kill -9 $$ ;;
      esac
    done
    _lock && _recover
    _unlock
  ) >/dev/null 3>&- &
  _guardian=$!
  [ -e undo/values ] && _warnings=recovered
  _recover || _die recover "$_cause" "see $_folder/undo"
}

_leave() {
  [ "$_guardian" ] && {
    kill -9 $_guardian
    wait $_guardian
    _unlock
  }
}

# _die STEP CAUSE REMEDY
_die() {
  trap '' TERM
  _exit=1
  [ "$_guardian" ] && [ -e undo/values ] && {
    _exit=3
    _recover || { _exit=4; set -- "$1" "$2; not all put back: $_cause" "$3"; }
  }
  _leave
  echo "$1: $2: $3" >&3
  exit $_exit
}

# Begins a transaction: copies of the files, then the live values, whose presence says that it runs.
_begin() {
  F5=./journal
  for _number in 1 2 3 4 5; do eval "_record undo/$_number \"\$(_have \$F$_number)\""; done
  _seal undo/values "$_module $1 $(_values $_keys|tr -d '{"}'|tr :, '= ')"
}

_commit() {
  rm undo/values && rm -rf undo
}

# Ends the transaction of a run that failed or was killed: all as before. After a boot in between, too: the live values
# may then come from our files, and must not be taken for originals.
_recover() {
  [ -e undo/values ] || return 0
  _undoing=1 _failed=
  _unseal undo/values && {
    set -- $_journal
    _paths $1
    # A module that we loaded goes; where it is in use by now, it gets the values that it came with.
    [ $2 = 0 ] || modprobe -r $_module
    shift 2
    [ ! -e $_max ] || _set "$@" || _failed=1
    for _number in 1 2 3 4 5; do eval "c$_number=\$(cat undo/$_number)"; done
    _each _keep && _keep ./journal "$c5" && [ ! $_failed ] || return 1
    c1= c2= c3= c4=
  }
  _undoing=
  _commit
}
