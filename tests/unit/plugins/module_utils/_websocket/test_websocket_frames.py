# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from ansible_collections.opmantek.omk.plugins.module_utils._websocket import frames
from hypothesis import given
from hypothesis import strategies as st


def frame(opcode, payload=b'', final=True, length=None):
    """A frame as a server sends it, put together here and not by the code under test."""
    size = len(payload) if length is None else length
    if size < 126:
        prefix = bytes([size])
    elif size < 65536:
        prefix = b'\x7e' + size.to_bytes(2, 'big')
    else:
        prefix = b'\x7f' + size.to_bytes(8, 'big')
    return bytes([(0x80 if final else 0) | opcode]) + prefix + payload


def read(data):
    return [tuple(message) for message in frames.Reader().feed(data)]


# RFC 6455 section 5.7
@pytest.mark.parametrize(
    'data, messages',
    [
        (b'\x81\x05Hello', [(frames.TEXT, b'Hello')]),
        (b'\x01\x03Hel\x80\x02lo', [(frames.TEXT, b'Hello')]),
        (b'\x89\x05Hello', [(frames.PING, b'Hello')]),
        (b'\x82\x7e\x01\x00' + b'x' * 256, [(frames.BINARY, b'x' * 256)]),
        (b'\x82\x7f' + (65536).to_bytes(8, 'big') + b'x' * 65536, [(frames.BINARY, b'x' * 65536)]),
        (b'\x88\x02\x03\xe8', [(frames.CLOSE, b'\x03\xe8')]),
        (b'\x01\x03Hel\x89\x00\x80\x02lo', [(frames.PING, b''), (frames.TEXT, b'Hello')]),
        (b'\x01\x03Hel\x88\x02\x03\xe8', [(frames.CLOSE, b'\x03\xe8')]),
        (b'\x81\x00\x8a\x00', [(frames.TEXT, b''), (frames.PONG, b'')]),
    ],
)
def test_reads(data, messages):
    assert read(data) == messages


@given(
    st.lists(
        st.tuples(
            st.sampled_from([frames.TEXT, frames.BINARY, frames.PING]),
            st.text(max_size=40).map(lambda text: text.encode('utf-8')[:125].decode('utf-8', 'ignore')),
        ),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_cuts_do_not_matter(messages, steps):
    data = b''.join(frame(opcode, text.encode('utf-8')) for opcode, text in messages)
    reader, found, position, turn = frames.Reader(), [], 0, 0
    while position < len(data):
        step = steps[turn % len(steps)]
        found += [tuple(message) for message in reader.feed(data[position : position + step])]
        position, turn = position + step, turn + 1
    assert found == [(opcode, text.encode('utf-8')) for opcode, text in messages]


@pytest.mark.parametrize(
    'data, sentence',
    [
        (b'\xc1\x00', 'a frame has a reserved bit set.'),
        (b'\xa1\x00', 'a frame has a reserved bit set.'),
        (b'\x91\x00', 'a frame has a reserved bit set.'),
        (b'\x83\x00', 'a frame has the unknown opcode 3.'),
        (b'\x8b\x00', 'a frame has the unknown opcode 11.'),
        (b'\x81\x85\x00\x00\x00\x00Hello', 'a frame of the server is masked.'),
        (b'\x08\x00', 'a control frame is fragmented or too long.'),
        (b'\x09\x00', 'a control frame is fragmented or too long.'),
        (b'\x89\x7e\x00\x7e', 'a control frame is fragmented or too long.'),
        (b'\x80\x00', 'a frame continues a message that was never begun.'),
        (b'\x81\x01a\x80\x01b', 'a frame continues a message that was never begun.'),
        (b'\x01\x01a\x81\x01b', 'a message begins inside another one.'),
        (b'\x81\x7e\x00\x05Hello', 'a frame does not use the shortest form of its length.'),
        (b'\x81\x7e\x00\x7d', 'a frame does not use the shortest form of its length.'),
        (b'\x81\x7f' + (5).to_bytes(8, 'big'), 'a frame does not use the shortest form of its length.'),
        (b'\x81\x7f' + (65535).to_bytes(8, 'big'), 'a frame does not use the shortest form of its length.'),
        (b'\x81\x7f' + (1 << 62).to_bytes(8, 'big'), 'a frame announces 4611686018427387904 bytes.'),
        (b'\x82\x7f' + (frames.MESSAGE_LIMIT + 1).to_bytes(8, 'big'), 'a frame announces 1048577 bytes.'),
        (b'\x81\x02\xff\xfe', 'a text message is not UTF-8.'),
        (b'\x01\x01\xc3\x80\x01a', 'a text message is not UTF-8.'),
    ],
)
def test_refuses(data, sentence):
    with pytest.raises(Problem) as caught:
        read(data)
    assert str(caught.value) == sentence


@pytest.mark.parametrize('size', [125, 126, 127, 65535, 65536, frames.MESSAGE_LIMIT])
def test_every_length_is_read(size):
    assert read(frame(frames.BINARY, b'x' * size)) == [(frames.BINARY, b'x' * size)]


def test_the_longest_control_frame_is_read():
    assert read(frame(frames.PING, b'p' * 125)) == [(frames.PING, b'p' * 125)]


@pytest.mark.parametrize('size', [5, 300, 65536])
def test_a_frame_is_waited_for_to_its_last_byte(size):
    data, reader = frame(frames.BINARY, b'x' * size), frames.Reader()
    head = len(data) - size
    for position in range(head):
        assert list(reader.feed(data[position : position + 1])) == []
    assert list(reader.feed(data[head:-1])) == []
    assert [tuple(message) for message in reader.feed(data[-1:])] == [(frames.BINARY, b'x' * size)]


def test_a_character_may_be_cut_between_fragments():
    assert read(b'\x01\x01\xc3\x80\x01\xa4\x81\x01b') == [(frames.TEXT, 'ä'.encode()), (frames.TEXT, b'b')]


def fragments(size):
    """A text message of this size, in frames that are each much shorter than the limit."""
    starts = range(0, size, 65535)
    return b''.join(
        frame(frames.CONTINUATION if start else frames.TEXT, b'x' * min(65535, size - start), final=start == starts[-1])
        for start in starts
    )


def test_a_message_of_many_fragments_has_a_limit():
    assert read(fragments(frames.MESSAGE_LIMIT)) == [(frames.TEXT, b'x' * frames.MESSAGE_LIMIT)]
    with pytest.raises(Problem) as caught:
        read(fragments(frames.MESSAGE_LIMIT + 1))
    assert str(caught.value) == 'a message is longer than 1048576 bytes.'


@given(st.binary(max_size=300))
def test_garbage_is_read_or_refused(data):
    try:
        messages = read(data)
    except Problem:
        return
    assert all(len(payload) <= len(data) for _opcode, payload in messages)


def test_client_frame_is_masked():
    # RFC 6455 section 5.7, the masked example, as a pong
    assert frames.client_frame(frames.PONG, b'Hello', b'\x37\xfa\x21\x3d') == (
        b'\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58'
    )
    assert frames.client_frame(frames.CLOSE, b'\x03\xe8', b'\x37\xfa\x21\x3d') == b'\x88\x82\x37\xfa\x21\x3d\x34\x12'
    assert frames.client_frame(frames.PONG, b'', b'\x37\xfa\x21\x3d') == b'\x8a\x80\x37\xfa\x21\x3d'


@pytest.mark.parametrize(
    'payload, code',
    [
        (b'\x03\xe8', 1000),
        (b'\x03\xf0policy', 1008),
        (b'', None),
        (b'\x03', None),
    ],
)
def test_close_code(payload, code):
    assert frames.close_code(payload) == code
