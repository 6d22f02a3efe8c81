# SPDX-License-Identifier: ISC
"""Many connections at once, each with data of its own.

serve PORT              answers each connection: what came, as a hash, then data
ask HOST PORT COUNT [EDIT]
                        so many connections: prints how they ended, counted

Who asks says <, who answers says >; with an EDIT, text of the form A=B,C=D,
each A is to arrive as B.
"""

import asyncio
import collections
import hashlib
import random
import sys

SIZE = 20000        # bytes each way
LIMIT = 60          # seconds for a connection
HOST, PORT = ([None, *sys.argv[2:3]] if sys.argv[1] == "serve" else
              sys.argv[2:4])


def words(name, sign):
    """Text that is one connection's only, with the sign about every 100 bytes."""
    rng = random.Random(name)
    return "".join(f"{name} {rng.randbytes(rng.randrange(80)).hex()} {sign}\n"
                   for _ in range(SIZE // 100)).encode()


def edited(data):
    for pair in sys.argv[5].split(",") if len(sys.argv) > 5 else ():
        data = data.replace(*(word.encode() for word in pair.split("=")))
    return data


async def answer(reader, writer):
    try:
        data = await reader.read(-1)
        name = data.split(b" ", 1)[0].decode()
        writer.write(hashlib.sha256(data).hexdigest().encode() + b"\n" +
                     words("to-" + name, ">"))
        await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def talk(name):
    reader, writer = await asyncio.open_connection(HOST, PORT)
    data = words(name, "<")
    writer.write(data)
    writer.write_eof()
    got = await reader.read(-1)
    writer.close()
    heard, _, back = got.partition(b"\n")
    if heard.decode() != hashlib.sha256(edited(data)).hexdigest():
        return "the server heard something else"
    if back != edited(words("to-" + name, ">")):
        return "the client heard something else"
    return "right"


async def end(name):
    """How a connection ends."""
    try:
        return await asyncio.wait_for(talk(name), LIMIT)
    except asyncio.TimeoutError:
        return "hangs"
    except OSError as error:
        return str(error)


async def ask():
    ends = await asyncio.gather(*(end(f"c{i}")
                                  for i in range(int(sys.argv[4]))))
    for text, count in sorted(collections.Counter(ends).items()):
        print(count, text)


async def serve():
    server = await asyncio.start_server(answer, None, int(PORT), backlog=1000)
    await server.serve_forever()


asyncio.run(serve() if sys.argv[1] == "serve" else ask())
