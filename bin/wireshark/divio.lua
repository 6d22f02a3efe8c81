-- SPDX-License-Identifier: ISC
--
-- Frames of divio(5) in Wireshark and tshark: files of frames, and frames that a
-- TCP connection carries.

local divio = Proto("divio", "Diverted packet")

local HEADER = 80 -- bytes, without the opaque part
local HEADER_MAX = 256
local PACKET_MAX = 1048576
local MAGIC = "DIVF\1" -- and the version

local types = {
	[1] = "packet", [2] = "drop", [3] = "inject", [4] = "pass", [5] = "hold",
}
local directions = { [0] = "unknown", [1] = "in", [2] = "out", [3] = "forwarded" }

-- The names are those of the attributes in text.
local field = {
	version = ProtoField.uint8("divio.version", "Version"),
	type = ProtoField.uint8("divio.type", "Type", base.DEC, types),
	hdrlen = ProtoField.uint16("divio.hdrlen", "Header length"),
	caplen = ProtoField.uint32("divio.caplen", "Captured length"),
	origlen = ProtoField.uint32("divio.origlen", "Original length"),
	time = ProtoField.absolute_time("divio.time", "Time"),
	hold = ProtoField.relative_time("divio.hold", "Time"),
	id = ProtoField.uint64("divio.id", "Id"),
	digest = ProtoField.uint64("divio.digest", "Digest", base.HEX),
	epoch = ProtoField.uint64("divio.epoch", "Epoch", base.HEX),
	mark = ProtoField.uint32("divio.mark", "Mark", base.HEX),
	ifindex = ProtoField.uint32("divio.ifindex", "Interface index"),
	port = ProtoField.uint16("divio.port", "Port"),
	dir = ProtoField.uint8("divio.dir", "Direction", base.DEC, directions),
	flags = ProtoField.uint8("divio.flags", "Flags", base.HEX),
	tag = ProtoField.uint32("divio.tag", "Tag"),
	ifname = ProtoField.string("divio.if", "Interface name"),
	opaque = ProtoField.bytes("divio.opaque", "Opaque part"),
}

-- Offset and size of the fields that stand for themselves.
local header = {
	{ "version", 4, 1 }, { "type", 5, 1 }, { "hdrlen", 6, 2 },
	{ "caplen", 8, 4 }, { "origlen", 12, 4 }, { "time", 16, 8 },
	{ "id", 24, 8 }, { "digest", 32, 8 }, { "epoch", 40, 8 },
	{ "mark", 48, 4 }, { "ifindex", 52, 4 }, { "port", 56, 2 },
	{ "dir", 58, 1 }, { "flags", 59, 1 }, { "tag", 60, 4 },
	{ "ifname", 64, 16 },
}

local flags = {
	{ "nocsum", 1, "Checksums not filled in yet" },
	{ "gso", 2, "Super-packet" },
	{ "trunc", 4, "Truncated" },
	{ "next", 8, "New data of a TCP connection" },
	{ "badsum", 16, "Damaged" },
	{ "keepsum", 32, "Damaged by a filter, or a reference" },
	{ "disorder", 64, "Order is changed on purpose" },
	{ "done", 128, "Rest of the flow is not needed" },
}
for _, flag in ipairs(flags) do
	local name, bit, text = table.unpack(flag)
	field["flag_" .. name] = ProtoField.bool("divio.flags." .. name, text, 8,
	    nil, bit)
end

local note = {
	edited = ProtoExpert.new("divio.edited", "Edited",
	    expert.group.COMMENTS_GROUP, expert.severity.NOTE),
	malformed = ProtoExpert.new("divio.malformed", "No frame",
	    expert.group.MALFORMED, expert.severity.ERROR),
}

divio.fields = field
divio.experts = note

-- A time in nanoseconds, which a double cannot hold.
local function nstime(ns)
	return NSTime.new((ns / 1000000000):tonumber(),
	    (ns % 1000000000):tonumber())
end

-- The lengths of header and packet that bytes of a header have, or nothing.
local function lengths(bytes)
	if #bytes < HEADER or bytes:sub(1, #MAGIC) ~= MAGIC then
		return nil
	end
	local hdrlen, caplen = Struct.unpack(">I2I4", bytes, 7)
	if hdrlen < HEADER or hdrlen > HEADER_MAX or hdrlen % 8 ~= 0 or
	    caplen > PACKET_MAX then
		return nil
	end
	return hdrlen, caplen
end

-- Dissection

local ip = { [4] = Dissector.get("ip"), [6] = Dissector.get("ipv6") }

local function add_time(tree, range, kind)
	local name = kind == 5 and "hold" or "time"
	if kind == 5 or range:uint64() ~= UInt64(0) then
		tree:add(field[name], range, nstime(range:uint64()))
	end
end

local function add_header(tree, tvb, hdrlen)
	for _, row in ipairs(header) do
		local name, offset, size = table.unpack(row)
		local range = tvb(offset, size)
		if name == "time" then
			add_time(tree, range, tvb(5, 1):uint())
		elseif name == "ifname" then
			tree:add(field.ifname, range,
			    tvb:raw(offset, size):match("^[^\0]*"))
		else
			local item = tree:add(field[name], range)
			if name == "flags" then
				for _, flag in ipairs(flags) do
					item:add(field["flag_" .. flag[1]], range)
				end
			end
		end
	end
	if hdrlen > HEADER then
		tree:add(field.opaque, tvb(HEADER, hdrlen - HEADER))
	end
end

-- What is said of a frame in one line.
local function summary(tvb)
	local kind = tvb(5, 1):uint()
	local id = tvb(24, 8):uint64()
	local name = types[kind] or string.format("type %d", kind)
	if kind == 5 then
		return "hold " .. tostring(nstime(tvb(16, 8):uint64())) .. " s"
	elseif id == UInt64(0xffffffff, 0xffffffff) then
		return name .. " all"
	elseif id == UInt64(0) then
		return name
	end
	return name .. " " .. tostring(id)
end

-- Filters that edit set the digest to 1; others leave one that would be computed.
local function edited(tvb)
	local truncated = tvb(59, 1):bitfield(5, 1) == 1
	if tvb(5, 1):uint() == 1 and not truncated and
	    tvb(8, 4):uint() ~= tvb(12, 4):uint() then
		return string.format("Edited, was %d bytes", tvb(12, 4):uint())
	elseif tvb(32, 8):uint64() == UInt64(1) then
		return "Edited"
	end
	return nil
end

-- A malformed packet, which its dissector marks, does not end the stream.
local function add_packet(tvb, pinfo, root)
	local dissector = ip[tvb(0, 1):bitfield(0, 4)]
	if dissector then
		pcall(dissector.call, dissector, tvb, pinfo, root)
	end
end

local function head(tvb, offset)
	return tvb:raw(offset, math.min(tvb:len() - offset, HEADER))
end

local function dissect_frame(tvb, pinfo, root)
	local hdrlen, caplen = lengths(head(tvb, 0))
	if not hdrlen or tvb:len() < hdrlen then
		root:add(divio, tvb()):add_proto_expert_info(note.malformed)
		return tvb:len()
	end
	local tree = root:add(divio, tvb(0, hdrlen), "Diverted packet: " ..
	    summary(tvb))
	add_header(tree, tvb, hdrlen)
	if edited(tvb) then
		tree:add_proto_expert_info(note.edited, edited(tvb))
	end
	pinfo.cols.protocol = "DIVIO"
	pinfo.cols.info = summary(tvb)
	if caplen > 0 and tvb:len() > hdrlen then
		add_packet(tvb(hdrlen):tvb(), pinfo, root)
	end
	return tvb:len()
end

-- Dissectors of the inner packet change what belongs to the outer one.
local outer = {
	"src", "dst", "net_src", "net_dst", "src_port", "dst_port",
	"can_desegment", "desegment_offset", "desegment_len",
}

local function dissect_inside(tvb, pinfo, root)
	local saved = {}
	for _, name in ipairs(outer) do
		saved[name] = pinfo[name]
	end
	local n = dissect_frame(tvb, pinfo, root)
	for _, name in ipairs(outer) do
		pinfo[name] = saved[name]
	end
	return n
end

local function frame_length(tvb, _, offset)
	local hdrlen, caplen = lengths(head(tvb, offset))
	return hdrlen and hdrlen + caplen or tvb:len() - offset
end

local function dissect_stream(tvb, root)
	dissect_tcp_pdus(tvb, root, HEADER, frame_length, dissect_inside)
	return tvb:len()
end

function divio.dissector(tvb, pinfo, root)
	if pinfo.port_type == 2 then -- TCP
		return dissect_stream(tvb, root)
	end
	return dissect_frame(tvb, pinfo, root)
end

-- A stream of frames begins with one; its other segments follow this one.
local function is_stream(tvb, pinfo, root)
	if tvb:len() < #MAGIC or tvb:raw(0, #MAGIC) ~= MAGIC then
		return false
	end
	pinfo.conversation = divio
	dissect_stream(tvb, root)
	return true
end

divio:register_heuristic("tcp", is_stream)
DissectorTable.get("tcp.port"):add_for_decode_as(divio)

-- Files.  Each frame is a protocol data unit for the dissector of this name: a
-- tag and a length, the name padded to four bytes, and the end of the tags.

local TAGS = Struct.pack(">I2I2c8I2I2", 12, 8, "divio\0\0\0", 0, 0)
local file = FileHandler.new("Diverted packets", "divio", "frames of divio(5)",
    "rm")

function file.read_open(f, capture)
	if f:read(#MAGIC) ~= MAGIC then
		return false
	end
	f:seek("set", 0)
	capture.encap = wtap_encaps.WIRESHARK_UPPER_PDU
	capture.time_precision = wtap_tsprecs.NSEC
	return true
end

-- The bytes of the next frame, or nothing at the end of the file.
local function read_bytes(f)
	local offset = f:seek()
	local bytes = f:read(HEADER)
	if not bytes then
		return nil
	end
	local hdrlen, caplen = lengths(bytes)
	if hdrlen and hdrlen + caplen > HEADER then
		bytes = bytes .. (f:read(hdrlen + caplen - HEADER) or "")
	end
	if not hdrlen or #bytes < hdrlen + caplen then
		error(string.format("no whole frame at byte %d", offset), 0)
	end
	return bytes
end

local function set_time(frame, bytes)
	local kind, ns = bytes:byte(6), Struct.unpack(">E", bytes, 17)
	if kind ~= 5 and ns ~= UInt64(0) then
		frame.flags = wtap_presence_flags.TS
		frame.time = nstime(ns)
	end
end

local function read_frame(f, frame)
	local bytes = read_bytes(f)
	if not bytes then
		return false
	end
	frame.rec_type = wtap_rec_types.PACKET
	frame.data = TAGS .. bytes
	set_time(frame, bytes)
	return true
end

function file.read(f, _, frame)
	local offset = f:seek()
	return read_frame(f, frame) and offset
end

function file.seek_read(f, _, frame, offset)
	f:seek("set", offset)
	return read_frame(f, frame)
end

register_filehandler(file)
