//! The other side of the row for hickory: whatever name it is asked for by UDP is the machine's own. It prints its address.
#![forbid(unsafe_code)]

use std::net::{Ipv4Addr, UdpSocket};

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{RData, Record};

fn main() {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    println!("{}", socket.local_addr().unwrap());
    let mut buffer = [0; 1500];
    loop {
        let (n, client) = socket.recv_from(&mut buffer).unwrap();
        let query = Message::from_vec(&buffer[..n]).unwrap();
        let question = query.queries[0].clone();
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        let address = RData::A(Ipv4Addr::LOCALHOST.into());
        answer.add_answer(Record::from_rdata(question.name().clone(), 60, address));
        answer.add_query(question);
        // A client may be gone by then.
        let _ = socket.send_to(&answer.to_vec().unwrap(), client);
    }
}
