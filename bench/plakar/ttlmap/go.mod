module go.omarpolo.com/ttlmap

go 1.26.0
