module opsc.test/probe

go 1.24
