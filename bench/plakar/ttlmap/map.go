// Package ttlmap stands in for the package of that name, whose server not every module proxy reaches. Plakar's web interface, which is
// not measured, keeps the addresses of downloads in it.
package ttlmap

import (
	"sync"
	"time"
)

// Map holds values until their time is over. AutoExpire does nothing: what is over is not found any more, but keeps its place.
type Map[K comparable, V any] struct {
	AutoExpiry time.Duration

	mutex    sync.Mutex
	lifetime time.Duration
	entries  map[K]entry[V]
}

type entry[V any] struct {
	value V
	until time.Time
}

// New makes an empty map of values that live for lifetime.
func New[K comparable, V any](lifetime time.Duration) *Map[K, V] {
	return &Map[K, V]{lifetime: lifetime, entries: map[K]entry[V]{}}
}

// Add puts a value in, also in the place of another.
func (m *Map[K, V]) Add(key K, value V) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.entries[key] = entry[V]{value, time.Now().Add(m.lifetime)}
}

// Get finds a value whose time is not over.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	found, ok := m.entries[key]
	return found.value, ok && time.Now().Before(found.until)
}

// Delete takes a value out.
func (m *Map[K, V]) Delete(key K) (V, bool) {
	value, ok := m.Get(key)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.entries, key)
	return value, ok
}

// AutoExpire is here for its callers.
func (m *Map[K, V]) AutoExpire() {}
