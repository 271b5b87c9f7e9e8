package nginx

// parts are many items of one type, kept in lists that grow no more once there is
// the next one: nothing is copied, and their number does not decide the number of
// allocations. An item's place is the number of its part and, in the lowest bits, that
// within the part. The zero value is empty.
type parts[T any] struct{ list [][]T }

const (
	partBits = 10
	partMost = 1 << partBits // items of a part, unless a run in it is longer
)

// add puts an item behind the others. more is the number of those that are likely to
// come, for which there is room then.
func (p *parts[T]) add(item T, more int) (at uint32) {
	n := len(p.list) - 1
	if n < 0 || len(p.list[n]) == cap(p.list[n]) {
		const least = 4
		p.list = append(p.list, make([]T, 0, min(max(more, least), partMost)))
		n++
	}
	p.list[n] = append(p.list[n], item)
	return uint32(n<<partBits + len(p.list[n]) - 1)
}

// end is the place of the item that is added next.
func (p *parts[T]) end() uint32 {
	n := len(p.list) - 1
	if n < 0 || len(p.list[n]) == cap(p.list[n]) {
		return uint32((n + 1) << partBits)
	}
	return uint32(n<<partBits + len(p.list[n]))
}

// at returns the item at a place.
func (p *parts[T]) at(at uint32) *T { return &p.list[at>>partBits][at%partMost] }

// next is the place behind that of an item.
func (p *parts[T]) next(at uint32) uint32 {
	if part := p.list[at>>partBits]; int(at%partMost) == cap(part)-1 {
		return (at>>partBits + 1) << partBits
	}
	return at + 1
}

// before returns the item before a place.
func (p *parts[T]) before(at uint32) *T {
	if i := at % partMost; i > 0 {
		return &p.list[at>>partBits][i-1]
	}
	part := p.list[at>>partBits-1]
	return &part[len(part)-1]
}

// addRun puts items that belong together behind the others, in one part.
func (p *parts[T]) addRun(run []T, more int) (at uint32) {
	n := len(p.list) - 1
	if n < 0 || cap(p.list[n])-len(p.list[n]) < len(run) || len(p.list[n]) >= partMost {
		p.list = append(p.list, make([]T, 0, max(len(run), min(more, partMost))))
		n++
	}
	at = uint32(n<<partBits + len(p.list[n]))
	p.list[n] = append(p.list[n], run...)
	return at
}

// run returns n items that were added together at a place.
func (p *parts[T]) run(at, n uint32) []T {
	i := at % partMost
	return p.list[at>>partBits][i : i+n : i+n]
}
