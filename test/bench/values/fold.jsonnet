{ result: std.foldl(function(sum, i) sum + (i * 7 + 3) % 11, std.range(0, 999999), 0) }
