package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

const marker = "@@pulumi-conntrack@@"

// A host remembers what it was told.
type host struct {
	mutex    sync.Mutex
	settings map[string]int
}

var hosts sync.Map

func hostAt(address string) *host {
	made, _ := hosts.LoadOrStore(address, &host{settings: map[string]int{}})
	return made.(*host)
}

func (h *host) set(key, value string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.settings[key], _ = strconv.Atoi(value)
}

func isSetting(key string) bool {
	return key == "max" || key == "buckets" || strings.Contains(key, "timeout")
}

// planned reads the settings among the words of a command line; the script that some peers send behind it is passed over.
func planned(words []string) map[string]int {
	settings := map[string]int{}
	for _, word := range words {
		if key, value, found := strings.Cut(word, "="); found && isSetting(key) {
			if number, err := strconv.Atoi(value); err == nil {
				settings[key] = number
			}
		}
	}
	return settings
}

type difference struct {
	Key     string `json:"key"`
	Planned string `json:"planned"`
	Found   string `json:"found"`
}

func driftOf(wanted, found map[string]int) []difference {
	drift := []difference{}
	for key, value := range wanted {
		if found[key] != value {
			drift = append(drift, difference{key, strconv.Itoa(value), strconv.Itoa(found[key])})
		}
	}
	return drift
}

// run answers one command line; what is none of the host script gets an empty answer.
func (h *host) run(line string) string {
	_, line, found := strings.Cut(line, "sh -s -- ")
	words := strings.Fields(line)
	if !found || len(words) == 0 {
		return ""
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	mode, wanted, previous := words[0], planned(words), h.settings
	answer := map[string]any{
		"command": mode, "presence": "module", "kernel": "6.1.0-50-cloud-amd64", "memTotalKiB": 16393244,
		"flags": map[string]int{},
	}
	switch mode {
	case "facts":
		answer["module"], answer["arch"], answer["cores"] = "nf_conntrack", "x86_64", 4
		answer["unameVersion"] = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)"
	case "verify":
		answer["changed"], answer["previous"] = false, map[string]int{}
		answer["drift"] = driftOf(wanted, h.settings)
	case "restore":
		answer["changed"], answer["previous"] = len(previous) > 0, previous
		h.settings = map[string]int{}
	default:
		answer["changed"], answer["previous"] = len(driftOf(wanted, previous)) > 0, previous
		h.settings = wanted
	}
	answer["settings"] = h.settings
	text, _ := json.Marshal(answer)
	return marker + " " + string(text) + "\n"
}
