// measure RESULT PROGRAM [ARGUMENTS...]: runs the program and writes what it and all that it starts take into the file
// RESULT: wall and processor seconds, and the greatest memory by program. Processes that lose their parent become
// children of this one, so that none is missed; what the program leaves behind is ended, and counted.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const sampleEvery = 50 * time.Millisecond

// A process of the tree, as /proc shows it.
type process struct {
	pid, parent int
	rssBytes    int
	cpuTicks    int
}

func readProcess(pid int) (process, bool) {
	folder := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return process{}, false
	}
	// The name stands in brackets and may hold anything.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	parent, _ := strconv.Atoi(fields[1])
	pages, _ := strconv.Atoi(fields[21])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return process{pid: pid, parent: parent, rssBytes: pages * os.Getpagesize(), cpuTicks: user + system}, true
}

// nameOf says which program a process runs: for an interpreter, its script.
func nameOf(pid int) string {
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if len(line) == 0 {
		return "" // it has ended
	}
	words := strings.Split(string(line), "\x00")
	for _, word := range words {
		base := filepath.Base(word)
		if base == "node" || strings.HasPrefix(base, "python") || strings.HasPrefix(word, "-") || base == "env" {
			continue
		}
		return base
	}
	return words[0]
}

// descendants of a process.
func descendants(of int) []process {
	names, _ := filepath.Glob("/proc/[0-9]*")
	children := map[int][]process{}
	for _, name := range names {
		pid, _ := strconv.Atoi(filepath.Base(name))
		if one, there := readProcess(pid); there {
			children[one.parent] = append(children[one.parent], one)
		}
	}
	found := []process{}
	for queue := []int{of}; len(queue) > 0; queue = queue[1:] {
		for _, child := range children[queue[0]] {
			found = append(found, child)
			queue = append(queue, child.pid)
		}
	}
	return found
}

// What one program took; a program may run in several processes.
type share struct {
	PeakBytes int `json:"peakBytes"`
	// As of the last look at each process, so a little less than it took in the end.
	CPUSeconds float64 `json:"cpuSeconds"`
}

type seen struct {
	peakBytes int
	byProgram map[string]*share
}

const ticksPerSecond = 100

// watch adds up all processes, again and again until it is told to stop.
func watch(stop chan struct{}, result chan seen) {
	all := seen{byProgram: map[string]*share{}}
	names, ticks := map[int]string{}, map[int]int{}
	for ticker := time.NewTicker(sampleEvery); ; {
		select {
		case <-stop:
			for pid, count := range ticks {
				all.byProgram[names[pid]].CPUSeconds += float64(count) / ticksPerSecond
			}
			result <- all
			return
		case <-ticker.C:
			sum, sums := 0, map[string]int{}
			for _, one := range descendants(os.Getpid()) {
				// A process that has just begun may have the name of its parent still.
				if name := nameOf(one.pid); name != "" {
					names[one.pid] = name
				}
				ticks[one.pid] = one.cpuTicks
				sum += one.rssBytes
				sums[names[one.pid]] += one.rssBytes
			}
			all.peakBytes = max(all.peakBytes, sum)
			for name, bytes := range sums {
				if all.byProgram[name] == nil {
					all.byProgram[name] = &share{}
				}
				all.byProgram[name].PeakBytes = max(all.byProgram[name].PeakBytes, bytes)
			}
		}
	}
}

// waitForAll takes leave of every child, those inherited too, and ends those that stay.
func waitForAll() {
	for _, left := range descendants(os.Getpid()) {
		syscall.Kill(left.pid, syscall.SIGTERM)
	}
	for {
		if _, err := syscall.Wait4(-1, nil, 0, nil); err == syscall.ECHILD {
			return
		}
	}
}

func seconds(time syscall.Timeval) float64 { return float64(time.Sec) + float64(time.Usec)/1e6 }

func main() {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		log.Fatal(err)
	}
	command := exec.Command(os.Args[2], os.Args[3:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	stop, watched := make(chan struct{}), make(chan seen)
	go watch(stop, watched)
	command.Wait()
	wall := time.Since(start)
	close(stop)
	all := <-watched
	waitForAll()
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage)
	text, _ := json.Marshal(map[string]any{
		"wallSeconds": wall.Seconds(),
		"cpuSeconds":  seconds(usage.Utime) + seconds(usage.Stime),
		"peakBytes":   all.peakBytes,
		"byProgram":   all.byProgram,
	})
	if err := os.WriteFile(os.Args[1], text, 0o644); err != nil {
		log.Fatal(err)
	}
	os.Exit(command.ProcessState.ExitCode())
}
