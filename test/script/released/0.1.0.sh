exec 3>&2 2>/dev/null
umask 022
export LC_ALL=C
q=$CONNTRACK_ROOT
g=$q/proc
r=$q/etc
w=$q/var/lib/pulumi-conntrack
P=$(cat $g/sys/kernel/random/boot_id)
s='
'
B='# pulumi-conntrack'
Q="/^$B {/,/^$B }/"
c1= c2= c3= c4= t= C= h= K= u= D=
PATH=$PATH:/sbin
e(){
e=$1
m=$g/sys/net/netfilter
H=$m/${1}_max
i=/zz-pulumi-conntrack
F1=$r/sysctl.d$i.conf
F2=$r/udev/rules.d$i.rules
F3=$r/modules-load.d$i.conf
F4=$r/modprobe.d$i.conf
I=
[ $1 = nf_conntrack ]&&return
m=$g/sys/net/ipv4/netfilter
H=$g/sys/net/ipv4/${1}_max
i=$r/modprobe.conf
[ -d $q/sys/module ]||i=$r/modules.conf
[ ! -e $i ]||F4=$i I=$i
}
b(){
j=${1%%=*} k=${1#*=}
n=$m/$j
case $1 in
m*)n=$H;;
b*)
n=$q/sys/module/$e/parameters/hashsize
[ -e $n ]||n=$m/${e}_buckets
esac
a=$(cat $n)
}
g(){
f=
for b;do
b $b
[ "$a" ]&&f=$f,\"$j\":$a
done
echo "{${f#,}}"
}
h(){
L=$(cat $g/sys/kernel/osrelease)
E=notLoaded v=
[ -e $H ]&&v=1 E=builtin
grep -q "^$e " $g/modules&&E=module
eval $(sed -n 's/^\(\w*\): *\(.*\) kB/\1=\2/p' $g/meminfo)
}
p(){
x=$(cat $m/${e}_count||wc -l<$g/net/$e||echo 0)
for i in $g $(ls -l $g/[0-9]*/ns/net|awk '!s[$NF]++{print $(NF-2)}');do
f=$(sed -n '2s/ .*//p' ${i%/ns*}/net/stat/$e)
[ $((0x${f:-0})) -le $x ]||x=$((0x$f))
done
}
q(){
sed 's/[^A-Za-z0-9_.,:=/@-]/?/g;s/.*/"&"/'|paste -sd, -
}
I(){
sed -n "s/^$e .* \(.*,\) .*/modules:\1/p" $g/modules
grep -hxE 'Name:.(dockerd|kube(-proxy|lite)|k3s.*|libvirtd|virtnetworkd|firewalld|tuned)' $g/[0-9]*/status
cd $r
grep -h ^IP.*LOAD sysconfig/ip*
grep -rliE '^[^#]*(ct ?state|-m state|masquerade|(\*|type )nat|MODULES=.*(conntrack|nat))|^.._(conntrack|nat)|^[^# ].*(hashsize|conntrack_(max|buckets|.*timeout))' nft* ip* ufw sys* mod* rc.local ../run/sysctl.d ../usr/lib/sysctl.d
}
J(){
f='@@pulumi-conntrack@@ {"command":"'$R'",'$1'"presence":"'$E'","kernel":"'$L'","memTotalKiB":'$MemTotal',"entries":'$x',"settings":'$(g $u ${e}_acct ${e}_timestamp ${e}_events)',"found":['$(I|q)'],"warnings":['$(printf '%s\n' $h|q)]}
}
r(){
[ $1 = "$I" ]&&sed -n "${Q}p" $1||cat $1
}
i(){
[ "$(r $1)" = "$2" ]
}
j(){
for o in ${c1:+1 2 3} 4 3 2 1;do eval "$1 \$F$o \"\$c$o\""||return 1;done
}
K(){
f=
for b in $D;do
b $b
case $b in b*)[ "$a_writable" ]||continue;n=$m/${e}_buckets;esac
f="$f ${n#$g/sys/}=$k"
done
f=$(echo $f|tr / .)
[ ! "$a_writable" -a $E != builtin ]||{
c1="$B of $a_token$s$(printf '%s\n' $f)"
[ $E = builtin ]&&return
c2='ACTION=="add",SUBSYSTEM=="module",KERNEL=="'$e'",RUN+="'"/bin/sh -c 'for i in 1 2 3;do sysctl -p ${F1#$q}&&break;sleep 1;done'\""
f=
}
[ $a_hashsize = none ]||c4=" options $e hashsize=$a_buckets$s"
b="install $e /sbin/modprobe -i $e \$CMDLINE_OPTS &&"
case $F4 in */modules.conf)b="post-install $e";esac
[ ! "$f" ]||c4="$c4 $b { /sbin/sysctl -e -w $f >/dev/null || :; }$s"
c4="$B {$s$c4$B }"
[ ! "$a_loadModule" ]&&{ [ "$v$f" != 1 ]||! grep -q "^$e .*, " $g/modules;}||{
c3=$e
[ -d ${F3%/*} ]||h="$h not-loaded-at-boot:$e"
}
}
main(){
trap '' HUP PIPE
R=$1
shift
for b;do
case $b in
*[!A-Za-z0-9_.:=/-]*)a arguments "$b cannot be read" 'correct it';;
max=*|b*|nf_*|ip_*)D="$D $b" u="$u ${b%%=*}"
esac
eval "a_$b"
done
$R
}
s(){
f=$2
[ $1 != "$I" ]||f=$(sed "${Q}d" $1)${2:+$s$2}
[ ! -d $1 ]&&mkdir -p ${1%/*}&&printf '%s\n' "$f">$1.new&&sync $1.new&&[ "$(cat $1.new)" = "$f" ]&&mv -f $1.new $1&&sync ${1%/*}
}
k(){
y="$1 cannot be changed"
rm -f $1.new
i "$@"||if [ "$2" -o $1 = "$I" ];then s "$@";else rm -f $1&&[ ! -e $1 ]&&sync ${1%/*};fi
}
t(){
u $1 "$2$s$(echo "$2"|md5sum)"
}
u(){
s "$@"||a journal "$w cannot be written" 'make room'
}
l(){
l=$(sed '$d' $1)
[ ! -e $1 ]||i $1 "$l$s$(echo "$l"|md5sum)"||{
l= h="$h journal-damaged"
false
}
}
f(){
b $1
[ "${k:-$a}" = "$a" ]||{
echo $k>$n||[ $j != buckets ]||echo $k>$m/${e}_buckets
b $1
y="$j stays $a instead of $k"
[ "$a" = $k ]
}
}
v(){
b $1
[ ${k:-0} -le ${a:-0} ]||f $1
}
m(){
sleep 1
z=$((z-1))
[ $z != 0 ]
}
w(){
M= A= N=
for b;do
case $b in
b*)M=$b;;
m*)A=$b;;
*)N="$N $b"
esac
done
v $M&&v $A||return 1
for b in $N;do f $b||return 1;done
b max
z=${a_waitSeconds:-30}
while [ ! "$K" ]&&[ "${A:-max=$a}" != max=$a ]&&x ${A#*=};do
y="$x entries stay above 0.8 of $A"
m||return
done
f $A&&f $M
}
x(){
p
[ $((x*5)) -gt $(($1*4)) ]
}
y(){
read -r a</proc/$1/stat||return
set -- ${a##*) }
[ $1 = Z ]||echo ${20}
}
z(){
read -r S a</proc/self/stat
z=20
until mkdir -p $w&&cd $w&&ln -s "$S $(y $S) $P" lock;do
G=$(readlink lock)
set -- $G
[ "$G" = "$1 $(y $1) $P" ]||{
mv lock old$$
f=$(readlink old$$)
[ "$f" = "$G" ]||ln -s "$f" lock
rm old$$
}
m||return
done
}
A(){
rm lock
rmdir $w
}
B(){
z||a lock "$w ${G:+held by }${G:-cannot be written}" 'wait, be root or make room'
trap 'a time "limit over" "raise limitSeconds"' TERM
(
trap '' TERM
z=${a_limitSeconds:-120}
while read -r b b b X b</proc/self/stat;[ $X = $$ ];do
m
case $z in
0)kill -STOP $$;kill $(cat /proc/[0-9]*/stat|awk '$4=='$$'{print $1}') $$;kill -CONT $$;;
-30)kill -9 $$
esac
done
z&&n
A
)>/dev/null 3>&- &
C=$!
[ -e undo/values ]&&h=recovered
n||a recover "$y" "see $w/undo"
}
C(){
[ "$C" ]&&{
kill -9 $C
wait $C
A
}
}
a(){
trap '' TERM
O=1
[ "$C" ]&&[ -e undo/values ]&&{
O=3
n||{ O=4;set -- "$1" "$2; not all put back: $y" "$3";}
}
C
echo "$1: $2: $3">&3
exit $O
}
o(){
F5=./journal
for o in 1 2 3 4 5;do eval "u undo/$o \"\$(r \$F$o)\"";done
t undo/values "$e $1 $(g $u|tr -d '{"}'|tr :, '= ')"
}
D(){
rm undo/values&&rm -rf undo
}
n(){
[ -e undo/values ]||return 0
K=1 T=
l undo/values&&{
set -- $l
e $1
[ $2 = 0 ]||modprobe -r $e
shift 2
[ ! -e $H ]||w "$@"||T=1
for o in 1 2 3 4 5;do eval "c$o=\$(cat undo/$o)";done
j k&&k ./journal "$c5"&&[ ! $T ]||return 1
c1= c2= c3= c4=
}
K=
D
}
E(){
for b in ${l#* * };do
b $b
case $D in *" $j="*) continue;esac
u="$u $j"
case $a in
''|${k%:*});;
${k#*:})
[ "${k%:*}" ]&&t="$t $j=${k%:*}"||h="$h restored-unknown:$j"
;;
*)h="$h changed-since:$j"
esac
done
U=$(g $u)
}
G(){
[ -e undo/values ]||o 0
[ "$1" ]&&t ./journal "$1"
w $t||a set "$y" 'see dmesg, is it writable?'
j k||a persist "$y" 'make it writable'
[ "$1" ]||rm -f ./journal
D
}
H(){
p
J "\"changed\":${p:-false},\"previous\":$U,"
C
echo "$f"
}
apply(){
B
e $a_module
h
[ -e $g/sys/net/core/netdev_max_backlog ]||a look 'not the initial network namespace' 'tune its host'
for i in $(grep -lx 'Name:.kube-proxy' $g/[0-9]*/status);do
a=$(tr \\0 \\n<${i%/*}/cmdline|sed -n 's/^--config=//p')
[ $(tr \\0 \\n<${i%/*}/${a:+root}${a:-cmdline}|grep -ciE '(core|ished|wait)(timeout)?[=:] *"?0s?"?$') -ge 3 ]||a look 'kube-proxy sets these' 'set its conntrack values to 0'
done
a=${LowTotal:-$MemTotal}
[ $MemTotal -ge $a_minRamKiB ]&&[ $a -ge $a_minLowKiB ]||a look "RAM $MemTotal, low $a KiB must reach $a_minRamKiB, $a_minLowKiB" 'correct memoryMiB or lower max'
a=$(ls $g/sys/net/*/*k_max)
case ${a##*/},$e${v:-$(grep -L /$e.k*o $q/lib/modules/$L/modules.dep)},$(ls -l $m/${e}_buckets|cut -c3)$a_writable,$(grep -c chainl $g/net/stat/$e)$a_chainLimit in
i*,n*|n*,i*|*dep,*|*,w,*|*,-1,*|*,10|*,01)a look "kernel $L is not of that era" 'correct facts.kernel'
esac
p=
[ ! "$a_loadModule" ]||[ "$v" ]||{
p=true
o 1
modprobe $e
h
o 1
[ "$v" ]||a load "modprobe $e failed" 'try it'
}
V=
l ./journal||V=1
set -- $l
[ ${1-$a_token} = $a_token ]||a journal "the host belongs to $1" 'destroy that first'
for b in ${l#* * };do eval "j_$b";done
J="$a_token $e"
for b in $D;do
b $b
case $j$a_hashsize in
b*o*)
[ "$a" = $a_buckets ]||h="$h buckets-next-load"
continue
esac
[ "$a" ]||[ ! "$v" ]||a look "no $j here" 'leave it out'
eval "W=\$j_$j"
[ ! "$W$V" ]||a=${W%:*}
J="$J $j=$a:$k"
t="$t $b"
done
E
[ "$v" ]&&{
b max
[ "$a_allowShrink" ]||{ ! x $a_max&&[ $a -le $a_max -o $a = "${j_max#*:}" ];}||a look "max $a with $x entries cannot become $a_max" 'raise max or set allowShrink'
b buckets
[ $a_hashsize$a = live$a_buckets ]||for a in ${MemAvailable:-$((MemFree+Cached))} $LowFree ${VmallocTotal:+$((VmallocTotal-VmallocUsed))};do
[ $((a_tableKiB*4)) -le $a ]||a look "table of $a_tableKiB KiB exceeds a quarter of $a free" 'lower buckets'
done
}||t=
for b in $t;do
b $b
[ "$a" = $k ]||p=true
done
K
[ "$l" = "$J" ]&&j i||p=true
[ $p ]&&G "$J"
H
}
restore(){
B
e nf_conntrack
p= U={}
l ./journal
set -- $l
case $1 in
'');;
$a_token)e $2;p=true;;
*)h="$h token-foreign:$1"
esac
h
[ $p ]&&{
E
G
}
H
}
main "$@"</dev/null
