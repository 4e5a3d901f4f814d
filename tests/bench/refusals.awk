#!/usr/bin/awk -f
# refusals.awk RESULTS: medians, ratios to the loop and the targets of tests/bench/refusals.
# Lines of results: TABLE CASE SERVER FIGURE. Variable: rounds.

function sorted(values, n,  i, j, v)
{
	for (i = 2; i <= n; i++) {
		v = values[i]
		for (j = i - 1; j > 0 && values[j] > v; j--)
			values[j + 1] = values[j]
		values[j + 1] = v
	}
}

function part(table, column, server, share,  i, n, values)
{
	n = count[table, column, server]
	for (i = 1; i <= n; i++)
		values[i] = data[table, column, server, i]
	sorted(values, n)
	return n ? values[1 + int((n - 1) * share + 0.5)] : -1
}

function median(table, column, server)
{
	return part(table, column, server, 0.5)
}

function ratio(table, column, server,  a, b)
{
	a = median(table, column, server)
	b = median(table, column, "loop")
	return a < 0 || b <= 0 ? -1 : a / b
}

# How far apart the loop and the loop again are, round by round or in the middle.
function spread(table, column,  i, n, values, half, r)
{
	n = count[table, column, "loop"]
	if (count[table, column, "loop_again"] < n)
		n = count[table, column, "loop_again"]
	for (i = 1; i <= n; i++)
		values[i] = data[table, column, "loop_again", i] / data[table, column, "loop", i]
	sorted(values, n)
	half = (values[1 + int((n - 1) * 0.75 + 0.5)] - values[1 + int((n - 1) * 0.25 + 0.5)]) / 2
	r = ratio(table, column, "loop_again") - 1
	if (r < 0)
		r = -r
	return r > half ? r : half
}

function line(name, table, columns, server,  i, n, c)
{
	printf "%-16s", name
	n = split(columns, c, " ")
	for (i = 1; i <= n; i++)
		if (server == "loop")
			printf " %12.1f", median(table, c[i], server)
		else if (server == "spread")
			printf " %12.2f", spread(table, c[i])
		else
			printf " %12.2f", ratio(table, c[i], server)
	print ""
}

function ratios(table, columns, text,  i, n, c)
{
	printf "\n%s\n%-16s", text, ""
	n = split(columns, c, " ")
	for (i = 1; i <= n; i++)
		printf " %12s", c[i]
	print ""
	line("loop", table, columns, "loop")
	line("loop again", table, columns, "loop_again")
	line("superd", table, columns, "superd")
	line("spread", table, columns, "spread")
}

# sign 1: at least the target, -1: at most.
function verdict(what, value, sign, target, noise, unit,  result)
{
	if ((value - target) * sign >= 0)
		result = "met"
	else if ((value - target) * sign >= -noise)
		result = noise <= 0.1 ? "met within the spread" : "UNCLEAR: the spread is too wide"
	else
		result = "NOT MET"
	printf "%-58s %8.2f  %s %.2f%s%s  %s\n", what, value, (sign > 0 ? "at least" : "at most"), \
	    target, unit, (noise > 0 ? sprintf("  spread %.2f", noise) : ""), result
}

{
	data[$1, $2, $3, ++count[$1, $2, $3]] = $4
}

END {
	printf "\n== refusals: medians of %d rounds\n", rounds
	ratios("rate", "denied full sensor", "refusals/s")
	ratios("cpu", "denied full sensor", "CPU of the server for each (ns)")
	ratios("latency", "alone flood", "p99 to the end of another service (us)")
	print "\nTargets"
	n = split("denied full sensor", c, " ")
	for (i = 1; i <= n; i++)
		verdict("refusals " c[i] ": rate / the bare loop", ratio("rate", c[i], "superd"), 1, 0.9,
		    spread("rate", c[i]), "")
	verdict("refusals: p99 of another service / that of the loop", \
	    ratio("latency", "flood", "superd"), -1, 1.5, spread("latency", "flood"), "")
	verdict("refusals: growth by 100,000 from 10,000 sources", \
	    median("growth", "resident", "superd"), -1, 1024, 0, " kB")
	verdict("refusals: descriptors left by them", median("growth", "descriptors", "superd"), -1, 0, 0, "")
	verdict("refusals: of those not refused", median("growth", "lost", "superd"), -1, 0, 0, "")
	verdict("refusals in the kernel, 20,000: wake-ups", median("silence", "wakeups", "superd"), -1, 0, 0, "")
	verdict("refusals in the kernel, 20,000: CPU", median("silence", "cpu", "superd"), -1, 0, 0, " ns")
}
